using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that answer over HTTP/2 before they have the whole request, and want no more of it.</summary>
public abstract class EarlyAnswerTests
{
    private const int NoError = 0;
    private const int InternalError = 2;

    private static readonly Dictionary<string, string?> Http2 = new() { ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact" };

    public static TheoryData<string, bool> Uploads => new MatrixTheoryData<string, bool>(["PUT", "POST"], [false, true]);

    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task The_answer_arrives_while_the_request_is_under_way(string method, bool withBody)
    {
        await using var destination = new RawHttp2Destination(exchange => AnswerAsync(exchange, withBody));
        await using var proxy = await ProxyHost.StartAsync(Http2, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Upload(method));
        var answer = await client.ReadAnswerAsync();

        Assert.Equal((413, withBody ? "too large" : "", 1), (answer.Status, answer.Text, destination.Requests));
    }

    // RFC 9113, 8.1: a client must not discard the answer for such a reset.
    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task The_answer_stands_though_the_rest_of_the_request_is_refused(string method, bool withBody)
    {
        await using var destination = new RawHttp2Destination(async exchange =>
        {
            await AnswerAsync(exchange, withBody);
            await exchange.ResetAsync(NoError);
        });
        await using var proxy = await ProxyHost.StartAsync(Http2, destination.Address);

        for (var i = 1; i <= 20; i++)
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Upload(method));
            var answer = await client.ReadAnswerAsync();

            Assert.Equal((413, withBody ? "too large" : "", i), (answer.Status, answer.Text, destination.Requests));
        }
    }

    [Fact]
    public async Task An_answer_that_is_reset_before_its_end_does_not_look_whole()
    {
        var headIsThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = new RawHttp2Destination(async exchange =>
        {
            await exchange.SendHeadAsync(200, isLast: false);
            await exchange.SendDataAsync("hello", isLast: false);
            await headIsThere.Task.WaitAsync(exchange.Stopping);
            await exchange.ResetAsync(InternalError);
        });
        await using var proxy = await ProxyHost.StartAsync(Http2, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        headIsThere.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await client.Reader.ReadChunkAsync(client.Deadline) is { Length: > 0 })
            {
            }
        });
    }

    private static string Upload(string method) => $"{method} / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 1000\r\n\r\n" + Text.OfLength(100);

    private static async Task AnswerAsync(RawHttp2Exchange exchange, bool withBody)
    {
        await exchange.WaitForBodyAsync(100);
        await exchange.SendHeadAsync(413, isLast: !withBody);
        if (withBody)
        {
            await exchange.SendDataAsync("too large", isLast: true);
        }
    }
}
