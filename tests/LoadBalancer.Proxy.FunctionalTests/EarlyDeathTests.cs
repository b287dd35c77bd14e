using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that send the head of an answer and its first bytes, and die.</summary>
public abstract class EarlyDeathTests
{
    private const int Tries = 25;

    public static TheoryData<string, string, bool> Deaths => new MatrixTheoryData<string, string, bool>(
        ["GET", "POST"], ["Content-Length: 10\r\n\r\n", "Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], [true, false]);

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task The_client_gets_what_there_was_or_502_and_never_nothing(string method, string rest, bool reset)
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
            if (reset)
            {
                exchange.Reset();
            }
            else
            {
                exchange.Stream.Dispose();
            }
        });
        await using var proxy = await ProxyHost.StartAsync(destination);

        for (var i = 0; i < Tries; i++)
        {
            var got = await AskAsync(proxy, method);
            Assert.True(IsFair(got, rest.Contains("hello", StringComparison.Ordinal)), $"In try {i} the client got '{got}'.");
        }
    }

    private static bool IsFair(string got, bool withBody) =>
        got.StartsWith("HTTP/1.1 502", StringComparison.Ordinal)
        || (got.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && (!withBody || got.Contains("hello", StringComparison.Ordinal)));

    // Everything that comes until the connection ends, however it ends.
    private static async Task<string> AskAsync(ProxyHost proxy, string method)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var got = new StringBuilder();
        try
        {
            while (true)
            {
                got.Append(Encoding.Latin1.GetString(await client.Reader.ReadExactlyAsync(1, client.Deadline)));
            }
        }
        catch (IOException)
        {
            return got.ToString();
        }
    }
}
