namespace LoadBalancer.Proxy.Configuration;

/// <summary>The certificates that one reading of the configuration names. Each is read from its files by whoever asks first, so that what was checked is what is shown.</summary>
internal sealed class ServerCertificates
{
    // By who they are: two that are written alike are read twice, and nobody has to compare passwords.
    private readonly Dictionary<CertificateOptions, (ServerCertificate? Certificate, string Key, string Error)> _loaded = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, ServerCertificate> _obtained = [];

    /// <summary>The certificate, or what is wrong: with which of the keys of its options, and what.</summary>
    public (ServerCertificate? Certificate, string Key, string Error) Of(CertificateOptions options)
    {
        if (!_loaded.TryGetValue(options, out var loaded))
        {
            _loaded[options] = loaded = ServerCertificate.Load(options);
        }

        return loaded;
    }

    /// <summary>The certificate that is obtained for a name, or what stands in for it.</summary>
    public ServerCertificate Obtained(AcmeOptions acme, string name)
    {
        var options = acme.CertificateOf(name);
        if (!_obtained.TryGetValue(options.File, out var certificate))
        {
            _obtained[options.File] = certificate = ServerCertificate.LoadObtained(options, name);
        }

        return certificate;
    }
}
