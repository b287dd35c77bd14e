using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Hosting;

public sealed class CertificateWarningTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();

    public void Dispose() => _authority.Dispose();

    // What the authority of the test issues is valid for a day and a half.
    [Theory]
    [InlineData(true, 7, false)]
    [InlineData(true, 5, true)]
    [InlineData(false, 7, true)]
    public void One_that_is_renewed_by_the_proxy_is_warned_of_when_half_of_the_time_for_that_has_gone(bool isObtained, double hoursLeft, bool isWarnedOf)
    {
        using var certificate = _authority.IssueUntil(_clock.GetUtcNow() + TimeSpan.FromHours(hoursLeft), "www.example.com");

        Show(ServerCertificate.Load(new CertificateOptions { File = _authority.WriteWholePem("www", certificate), IsObtained = isObtained }).Certificate!);

        Assert.Equal(isWarnedOf, _logs.Records.Any(record => record.Message.Contains("expires on", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_stands_in_for_one_is_not_warned_of()
    {
        var certificate = ServerCertificate.LoadObtained(new CertificateOptions { File = _authority["nothing.pem"], IsObtained = true }, "www.example.com");

        Show(certificate);

        Assert.Equal((true, true), (certificate.IsStandIn, certificate.IsFor("www.example.com")));
        Assert.Empty(_logs.Records);
    }

    private void Show(ServerCertificate certificate)
    {
        using var loggers = new LoggerFactory([_logs]);
        using var certificates = new Certificates(new ClientCertificates(), _clock, new ProxyMetrics(new MeterFactory()), loggers.CreateLogger<Certificates>());
        certificates.ShowToClients([new ListenerTls("secure", new ListenerOptions { Url = "https://*:443" }, [certificate])]);
    }
}
