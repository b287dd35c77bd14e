using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class WrkOutputTests
{
    private const string Quiet = """
        Running 4s test @ http://127.0.0.1:8080/small
          1 threads and 64 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     2.41ms    3.20ms  51.02ms   93.10%
            Req/Sec    35.52k     1.70k   38.90k    72.50%
          Latency Distribution
             50%  850.00us
             75%    2.90ms
             90%    5.12ms
             99%    1.25s 
          141653 requests in 4.01s, 25.94MB read
        Requests/sec:  35325.44
        Transfer/sec:      6.47MB

        """;

    [Fact]
    public void A_run_without_errors_is_read_whole() => Assert.Equal(
        new LoadReport(141653, 35325.44, TimeSpan.FromMicroseconds(850), TimeSpan.FromSeconds(1.25), Errors: 0),
        WrkOutput.Parse(Quiet));

    [Theory]
    [InlineData("us", 0.0015)]
    [InlineData("ms", 1.5)]
    [InlineData("s", 1_500)]
    [InlineData("m", 90_000)]
    [InlineData("h", 5_400_000)]
    public void Latencies_are_read_in_every_unit(string unit, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), WrkOutput.Parse(Quiet.Replace("850.00us", $"1.50{unit}", StringComparison.Ordinal)).P50);

    [Fact]
    public void Failed_connections_and_bad_statuses_are_added_up() => Assert.Equal(
        1 + 2 + 3 + 4 + 50,
        WrkOutput.Parse(Quiet.Replace("Requests/sec", "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 50\nRequests/sec", StringComparison.Ordinal)).Errors);

    [Fact]
    public void What_breaks_off_is_refused_with_what_was_said()
    {
        var refused = Assert.Throws<FormatException>(() => WrkOutput.Parse("unable to connect to 127.0.0.1:1 Connection refused"));

        Assert.Contains("Connection refused", refused.Message, StringComparison.Ordinal);
    }
}
