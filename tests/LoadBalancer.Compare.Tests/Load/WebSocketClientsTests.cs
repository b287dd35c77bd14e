using System.Text.Json;
using LoadBalancer.Compare.Load;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Tests.Load;

public sealed class WebSocketClientsTests
{
    [Fact]
    public void What_the_process_prints_is_read_whole()
    {
        var report = new LoadReport(1234, 308.5, TimeSpan.FromMicroseconds(850), TimeSpan.FromMilliseconds(2), Errors: 3);

        Assert.Equal(report, WebSocketClients.Read(JsonSerializer.Serialize(report) + "\n"));
    }

    [Fact]
    public void What_it_prints_when_it_fails_is_passed_on()
    {
        var failure = Assert.Throws<CompareException>(() => WebSocketClients.Read("Unhandled exception. Connection refused"));

        Assert.Contains("Connection refused", failure.Message, StringComparison.Ordinal);
    }
}
