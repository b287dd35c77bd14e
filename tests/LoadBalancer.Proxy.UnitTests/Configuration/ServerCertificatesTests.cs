using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ServerCertificatesTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void What_was_checked_is_what_is_shown_whatever_becomes_of_the_files()
    {
        var (options, certificates) = (With(Pem("www.example.com")), new ServerCertificates());
        Assert.Empty(LoadBalancerOptionsValidator.Validate(options, certificates));
        File.WriteAllText(_authority["www.example.com.pem"], "something else");

        var errors = new List<ConfigurationError>();
        var shown = Certificates.Prepare(options, certificates, errors);

        Assert.Empty(errors);
        Assert.Equal(["www.example.com"], shown["Listeners:a:Url"].Certificates.All.Single().Names);
    }

    [Fact]
    public void Another_reading_reads_the_files_again()
    {
        var options = Pem("www.example.com");

        Assert.NotSame(new ServerCertificates().Of(options).Certificate, new ServerCertificates().Of(options).Certificate);
    }

    private static LoadBalancerOptions With(CertificateOptions certificate) => new()
    {
        Listeners = new Dictionary<string, ListenerOptions> { ["a"] = new() { Url = "https://*:8443", Tls = new() { Certificates = [certificate] } } },
        Clusters = new Dictionary<string, ClusterOptions> { ["web"] = new() },
    };

    private CertificateOptions Pem(string name)
    {
        using var certificate = _authority.Issue(name);
        var (file, key) = _authority.WritePem(name, certificate);
        return new CertificateOptions { File = file, KeyFile = key };
    }
}
