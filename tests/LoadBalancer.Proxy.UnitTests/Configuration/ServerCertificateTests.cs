using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void It_is_for_its_names_and_for_one_label_in_place_of_a_star()
    {
        var certificate = Load("www.example.com", "*.example.org", "192.0.2.1");
        (string Name, bool IsFor)[] rows =
        [
            ("www.example.com", true),
            ("WWW.EXAMPLE.COM", true),
            ("www.example.com.", true),
            ("example.com", false),
            ("a.example.org", true),
            ("a.b.example.org", false),
            ("example.org", false),
            (".example.org", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("", false),
        ];

        Assert.All(rows, row => Assert.Equal((row.Name, row.IsFor), (row.Name, certificate.IsFor(row.Name))));
    }

    [Fact]
    public void It_has_changed_when_one_of_its_files_has()
    {
        var certificate = Load("www.example.com");
        var before = certificate.HasChanged();

        File.AppendAllText(certificate.Options.KeyFile!, "\n");

        Assert.Equal((false, true), (before, certificate.HasChanged()));
    }

    private ServerCertificate Load(params string[] names)
    {
        using var issued = _authority.Issue(names);
        var (file, key) = _authority.WritePem("www", issued);
        return ServerCertificate.Load(new CertificateOptions { File = file, KeyFile = key }).Certificate!;
    }
}
