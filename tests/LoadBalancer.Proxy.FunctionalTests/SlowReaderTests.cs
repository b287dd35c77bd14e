using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Clients that take their answer slowly, or not at all.</summary>
public abstract class SlowReaderTests
{
    private const int Piece = 64 * 1024;

    private static readonly Dictionary<string, string?> Impatient = new() { ["Clusters:web:HttpRequest:ActivityTimeout"] = "1s" };

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_client_that_stops_reading_is_let_go_in_time_and_so_is_the_destination()
    {
        await using var destination = new FakeDestination(SendWithoutEndAsync);
        await using var proxy = await ProxyHost.StartAsync(Impatient, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();

        await _ended.Task.InTime();
        await proxy.WaitUntilCountedAsync();
    }

    [Fact]
    public async Task What_such_a_client_gets_does_not_look_whole()
    {
        await using var destination = new FakeDestination(SendWithoutEndAsync);
        await using var proxy = await ProxyHost.StartAsync(Impatient, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        await _ended.Task.InTime();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await client.Reader.ReadChunkAsync(client.Deadline) is { Length: > 0 })
            {
            }
        });
    }

    [Fact]
    public async Task That_is_not_the_destinations_fault()
    {
        await using var destination = new FakeDestination(SendWithoutEndAsync);
        await using var proxy = await ProxyHost.StartAsync(Impatient, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        await proxy.WaitUntilCountedAsync();

        Assert.Equal(0, (await proxy.DescribeAsync("a")).GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_all_of_it()
    {
        const int pieces = 40;
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {pieces * Piece}\r\n\r\n");
            await exchange.SendAsync(Text.OfLength(pieces * Piece));
        });
        await using var proxy = await ProxyHost.StartAsync(Impatient, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50), TimeProvider.System);

        var read = "";
        for (var i = 0; i < pieces; i++)
        {
            await pause.WaitForNextTickAsync(client.Deadline);
            read += await client.ReadTextAsync(Piece);
        }

        Assert.Equal(Text.OfLength(pieces * Piece), read);
    }

    private async Task SendWithoutEndAsync(FakeExchange exchange)
    {
        try
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true)
            {
                await exchange.SendAsync(RawRequest.Chunk(Text.OfLength(Piece)));
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }
}
