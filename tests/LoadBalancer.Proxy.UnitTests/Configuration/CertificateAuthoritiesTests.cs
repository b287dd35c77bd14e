using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class CertificateAuthoritiesTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_certificate_of_one_of_them_is_trusted_and_no_other()
    {
        using var other = new TestAuthority();
        using var issued = _authority.Issue("a");

        Assert.Equal((true, false), (Trusts(_authority.PemFile, issued), Trusts(other.PemFile, issued)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----")]
    public void A_file_without_a_certificate_is_refused(string text) => Assert.Null(CertificateAuthorities.TryRead(_folder.Write("a.pem", text)));

    [Theory]
    [InlineData("no-such-file.pem")]
    [InlineData("")]
    public void A_file_that_is_not_there_is_refused(string name) => Assert.Null(CertificateAuthorities.TryRead(_folder[name]));

    [Fact]
    public void The_same_certificates_are_equal_and_others_are_not()
    {
        using var other = new TestAuthority();
        var copy = _folder.Write("copy.pem", File.ReadAllText(_authority.PemFile));

        Assert.Equal(Read(_authority.PemFile), Read(copy));
        Assert.NotEqual(Read(_authority.PemFile), Read(other.PemFile));
    }

    [Fact]
    public void A_configuration_names_their_file()
    {
        var (options, errors) = Json.Options($$"""{ "Clusters": { "c": { "HttpClient": { "Tls": { "CertificateAuthorities": "{{_authority.PemFile.Replace('\\', '/')}}" } } } } }""");

        Assert.Empty(errors);
        Assert.Equal(Read(_authority.PemFile), options.Clusters["c"].HttpClient.Tls.CertificateAuthorities);
    }

    private static CertificateAuthorities Read(string file) => CertificateAuthorities.TryRead(file)!;

    private static bool Trusts(string file, X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = Read(file).CreateChainPolicy() };
        return chain.Build(certificate);
    }
}
