using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public sealed class ConcurrencyTests
{
    private const int Clients = 64;
    private const int RequestsEach = 50;

    [Fact]
    public async Task While_a_destination_stops_and_comes_back_no_idempotent_request_fails_and_every_body_is_intact()
    {
        await using var a = new FakeDestination(EchoHash);
        await using var b = new FakeDestination(EchoHash);
        await using var c = new FakeDestination(EchoHash);

        // With the whole retry budget: the usual fifth sheds some of so many that fail in one moment.
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:Retry:Budget:Share"] = "1" }, a.Address, b.Address, c.Address);
        var wrong = new ConcurrentQueue<string>();
        var done = 0;
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var clients = Enumerable.Range(0, Clients).Select(async client =>
        {
            var random = new Random(client);
            for (var i = 0; i < RequestsEach; i++)
            {
                // The last third is kept back until the destination has come back.
                if (i == RequestsEach * 2 / 3)
                {
                    await stopped.Task;
                }

                var method = (i % 4) switch { 0 => "GET", 1 => "PUT", 2 => "POST", _ => "DELETE" };
                var fault = await AskAsync(proxy.Client, method, random);
                if (fault is not null)
                {
                    wrong.Enqueue(fault);
                }

                Interlocked.Increment(ref done);
            }
        }).ToList();

        await Eventually.HoldsAsync(() => Volatile.Read(ref done) > Clients * RequestsEach / 6, "a sixth of the requests is done");
        await b.StopAsync();
        await Eventually.HoldsAsync(() => Volatile.Read(ref done) > Clients * RequestsEach / 3, "a third of the requests is done");
        b.Restart();
        stopped.SetResult();
        await Task.WhenAll(clients).InTime();

        Assert.Empty(wrong);
        Assert.Equal(Clients * RequestsEach, done);
    }

    private static async Task EchoHash(FakeExchange exchange)
    {
        var body = await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await Behave.Ok($"{exchange.Request.Method} {Convert.ToHexString(SHA256.HashData(body))}")(exchange);
    }

    /// <summary>What is wrong with the answer; null when nothing is. A POST may fail, but not be mixed up.</summary>
    private static async Task<string?> AskAsync(HttpClient client, string method, Random random)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        byte[] body = [];
        if (method is "PUT" or "POST")
        {
            body = new byte[random.Next(0, 40_000)];
            random.NextBytes(body);
            request.Content = new ByteArrayContent(body);
            request.Headers.TransferEncodingChunked = random.Next(2) == 0;
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
        {
            return method == "POST" ? null : $"{method} -> {(int)answer.StatusCode} {text}";
        }

        var expected = $"{method} {Convert.ToHexString(SHA256.HashData(body))}";
        return text == expected ? null : $"{expected} -> {text} ({Encoding.UTF8.GetByteCount(text)} bytes)";
    }
}
