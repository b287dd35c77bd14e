using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class DnsSourceTests
{
    private static readonly DnsDiscoveryOptions Web = new() { Name = "web", Port = 8080, MinimumInterval = TimeSpan.FromSeconds(5), MaximumInterval = TimeSpan.FromSeconds(60) };

    [Theory]
    [InlineData(0, 5, 5)]
    [InlineData(10, 9, 10)]
    [InlineData(600, 54, 60)]
    public void An_answer_is_used_as_long_as_its_time_to_live_within_bounds_and_a_little_less(int timeToLive, double least, double most) => Assert.All(
        Enumerable.Range(0, 20),
        seed => Assert.InRange(Source(Web, seed).PauseAfter(new DnsReading([], TimeSpan.FromSeconds(timeToLive))).TotalSeconds, least, most));

    [Fact]
    public void After_a_failure_it_asks_again_soon() => Assert.Equal(TimeSpan.FromSeconds(5), Source(Web).PauseAfter(DnsReading.Failed("no answer in time")));

    [Theory]
    [InlineData("10.0.0.1", 8080, DestinationScheme.Http, "10.0.0.1:8080 http://10.0.0.1:8080/ DNS web:8080")]
    [InlineData("fd00::1", 8080, DestinationScheme.Https, "[fd00::1]:8080 https://[fd00::1]:8080/ DNS web:8080")]
    public async Task An_address_is_a_destination_of_that_name(string address, int port, DestinationScheme scheme, string expected)
    {
        var answer = await AnswerAsync(Web with { Scheme = scheme, Port = port }, new DnsFound(IPAddress.Parse(address), 0));

        Assert.Equal(expected, string.Join(' ', answer.Found!.Select(found => $"{found.Name} {found.Address} {found.Source}")));
    }

    [Fact]
    public async Task A_service_brings_its_own_port_weight_and_priority()
    {
        var answer = await AnswerAsync(new DnsDiscoveryOptions { Name = "_http._tcp.web", Record = DnsRecord.Srv, Priority = 2, Host = "shop" }, new DnsFound(IPAddress.Loopback, 81, Weight: 7, Priority: 1));

        var found = Assert.Single(answer.Found!);
        Assert.Equal(("127.0.0.1:81", 7, 3, "shop", "DNS SRV _http._tcp.web"), (found.Name, found.Weight, found.Priority, found.Host, found.Source));
    }

    [Fact]
    public async Task What_cannot_be_asked_is_an_answer_too_and_it_goes_on_asking()
    {
        var clock = new ManualTimeProvider();
        var asked = 0;
        var answers = new List<DiscoveryAnswer>();
        await using var source = new DnsSource(Web, _ => ++asked == 1 ? throw new InvalidOperationException("broken") : Task.FromResult(new DnsReading([new DnsFound(IPAddress.Loopback, 0)], TimeSpan.Zero)), clock, new Random(1));

        source.Start(answers.Add);
        await clock.WaitForTimersAsync(1);
        clock.Advance(TimeSpan.FromSeconds(5));
        await clock.WaitForTimersAsync(1);

        Assert.Equal(("broken", null, 1), (answers[0].Failure, answers[0].Found, answers[1].Found!.Count));
    }

    private static DnsSource Source(DnsDiscoveryOptions options, int seed = 1) => new(options, _ => throw new NotSupportedException(), TimeProvider.System, new Random(seed));

    private static async Task<DiscoveryAnswer> AnswerAsync(DnsDiscoveryOptions options, params DnsFound[] found)
    {
        var answer = new TaskCompletionSource<DiscoveryAnswer>();
        await using var source = new DnsSource(options, _ => Task.FromResult(new DnsReading(found, TimeSpan.FromSeconds(1))), new ManualTimeProvider(), new Random(1));
        source.Start(answer.SetResult);
        return await answer.Task.InTime();
    }
}
