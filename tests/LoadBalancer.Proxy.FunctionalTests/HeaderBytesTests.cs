using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Field values may hold bytes beyond ASCII (RFC 9110, 5.5). They mean nothing to a proxy, which passes them on.</summary>
public abstract class HeaderBytesTests
{
    // One byte a character: what Latin-1 makes of it, and the bytes of UTF-8.
    public static TheoryData<string> Values => ["caf\u00e9", "caf\u00c3\u00a9", "\u00ff\u0080"];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task They_reach_the_destination_unchanged(string value)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync($"GET / HTTP/1.1\r\nHost: x\r\nX-Name: {value}\r\n\r\n");

        Assert.Equal(value, Assert.Single(a.Requests).Header("X-Name"));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task They_reach_the_client_unchanged(string value)
    {
        await using var a = new FakeDestination(Behave.Answer(200, "ok", $"X-Name: {value}"));
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(value, answer.Header("X-Name"));
    }
}
