using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Requests for certificates of one name.</summary>
internal static class NameRequest
{
    /// <summary>Makes one.</summary>
    /// <param name="subject">The subject; may be empty, for the name counts.</param>
    /// <param name="name">The name of the host.</param>
    /// <param name="key">The key.</param>
    public static CertificateRequest Create(string subject, string name, ECDsa key)
    {
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
