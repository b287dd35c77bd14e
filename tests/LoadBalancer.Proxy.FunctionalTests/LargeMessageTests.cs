using System.Security.Cryptography;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Alone in the process while it runs: what others allocate would be counted.</summary>
[CollectionDefinition(nameof(LargeMessageTests), DisableParallelization = true)]
public sealed class AloneWhileItRuns;

[Collection(nameof(LargeMessageTests))]
public abstract class LargeMessageTests
{
    private const int Megabyte = 1024 * 1024;

    private static readonly byte[] Block = [.. Enumerable.Range(0, 64 * 1024).Select(i => (byte)((i * 31) ^ (i >> 8)))];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_64_MB_arrives_as_it_was_sent(bool isChunked)
    {
        await using var destination = new FakeDestination(exchange => SendBlocksAsync(exchange, 64 * Megabyte, isChunked));
        await using var proxy = await ProxyHost.StartAsync(destination);

        await using var body = await proxy.Client.GetStreamAsync("/");
        var hash = await SHA256.HashDataAsync(body, TestContext.Current.CancellationToken);

        Assert.Equal(HashOfBlocks(64 * Megabyte), Convert.ToHexString(hash));
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("POST", false)]
    [InlineData("PUT", true)]
    [InlineData("PUT", false)]
    public async Task A_body_of_10_MB_reaches_the_destination_as_it_was_sent(string method, bool isChunked)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        var sent = new byte[10 * Megabyte];
        new Random(7).NextBytes(sent);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = new ByteArrayContent(sent) };
        request.Headers.TransferEncodingChunked = isChunked;

        using var answer = await proxy.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var got = await destination.Requests[0].ReadBodyAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(got)));
    }

    [Fact]
    public async Task A_body_of_256_MB_is_not_held_in_memory()
    {
        await using var destination = new FakeDestination(exchange => SendBlocksAsync(exchange, 256 * Megabyte, isChunked: true));
        await using var proxy = await ProxyHost.StartAsync(destination);
        var buffer = new byte[64 * 1024];
        var before = (Managed: GC.GetTotalMemory(forceFullCollection: true), Resident: Environment.WorkingSet);
        var most = before;

        await using var body = await proxy.Client.GetStreamAsync("/");
        for (long read = 0, measured = 0; await body.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var count; read += count)
        {
            if (read - measured >= 32 * Megabyte)
            {
                measured = read;
                most = (Math.Max(most.Managed, GC.GetTotalMemory(forceFullCollection: true)), Math.Max(most.Resident, Environment.WorkingSet));
            }
        }

        Assert.InRange(most.Managed - before.Managed, long.MinValue, 50 * Megabyte);
        Assert.InRange(most.Resident - before.Resident, long.MinValue, 128 * Megabyte);
    }

    [Fact]
    public async Task A_client_that_does_not_read_keeps_the_destination_from_sending()
    {
        var sent = 0L;
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
            while (true)
            {
                await exchange.Stream.WriteAsync(Block, exchange.Stopping);
                Interlocked.Add(ref sent, Block.Length);
            }
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();

        // Once as much has been sent as sockets and buffers hold, no more is: as many looks in a row see no change.
        const int manyLooks = 20;
        var (before, still) = (-1L, 0);
        await Eventually.HoldsAsync(
            () =>
            {
                var now = Interlocked.Read(ref sent);
                still = now == before ? still + 1 : 0;
                before = now;
                return still == manyLooks;
            },
            "the destination stops sending");

        Assert.InRange(before, 1, 64 * Megabyte);
    }

    [Fact]
    public async Task Many_header_lines_pass_both_ways()
    {
        var lines = Enumerable.Range(0, 80).Select(i => $"X-{i}: {i}").ToArray();
        await using var destination = new FakeDestination(Behave.Answer(200, "ok", lines));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", lines));

        Assert.All(Enumerable.Range(0, 80), i => Assert.Equal(($"{i}", $"{i}"), (destination.Requests[0].Header($"X-{i}"), answer.Header($"X-{i}"))));
    }

    [Fact]
    public async Task A_value_of_30_KB_passes_both_ways()
    {
        var value = new string('v', 30_000);
        await using var destination = new FakeDestination(Behave.Answer(200, "ok", $"X-A: {value}"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", $"X-A: {value}"));

        Assert.Equal((value, value), (destination.Requests[0].Header("X-A"), answer.Header("X-A")));
    }

    [Fact]
    public async Task A_target_of_8_KB_passes()
    {
        var target = "/" + new string('t', 7_900);
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get(target));

        Assert.Equal(target, destination.Requests[0].Target);
    }

    private static async Task SendBlocksAsync(FakeExchange exchange, int length, bool isChunked)
    {
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {length}")}\r\n\r\n");
        for (var sent = 0; sent < length; sent += Block.Length)
        {
            if (isChunked)
            {
                await exchange.SendAsync($"{Block.Length:x}\r\n");
            }

            await exchange.Stream.WriteAsync(Block, exchange.Stopping);
            if (isChunked)
            {
                await exchange.SendAsync("\r\n");
            }
        }

        if (isChunked)
        {
            await exchange.SendAsync("0\r\n\r\n");
        }
    }

    private static string HashOfBlocks(int length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var hashed = 0; hashed < length; hashed += Block.Length)
        {
            hash.AppendData(Block);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
