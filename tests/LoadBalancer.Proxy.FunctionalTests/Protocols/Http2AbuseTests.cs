using System.Buffers.Binary;
using System.Net;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Clients of HTTP/2 that want to wear the proxy out.</summary>
public sealed class Http2AbuseTests : IDisposable
{
    private const int EnhanceYourCalm = 0xb;
    private const int RefusedStream = 7;
    private const byte Priority = 2;
    private const byte Continuation = 9;

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(Http2Frame.Settings, (int)Http2CheapFrame.Settings)]
    [InlineData(Http2Frame.Ping, (int)Http2CheapFrame.Ping)]
    [InlineData(Http2Frame.Data, (int)Http2CheapFrame.EmptyData)]
    [InlineData(Continuation, (int)Http2CheapFrame.Continuation)]
    [InlineData(Priority, (int)Http2CheapFrame.Other)]
    public async Task A_flood_ends_the_connection_and_is_counted(byte type, int kind)
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a);
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);
        var goAway = client.WaitForGoAwayAsync();
        await client.BeginPostAsync(1, isHeadWhole: type != Continuation);

        var left = Http2FrameCounter.BudgetOf((Http2CheapFrame)kind) + 1 - (type == Http2Frame.Settings ? 1 : 0);
        for (; left > 0 && !goAway.IsCompleted; left--)
        {
            await SendAsync(client, type);
        }

        Assert.Equal(EnhanceYourCalm, await goAway);
        await Eventually.HoldsAsync(() => proxy.Host.Metrics.Sum("lb.connections.refused", "lb.reason=http2_flood") == 1, "it is counted");
    }

    [Fact]
    public async Task Others_are_served_meanwhile()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(a);
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);
        var goAway = client.WaitForGoAwayAsync();

        for (var ping = 0; ping <= Http2FrameCounter.BudgetOf(Http2CheapFrame.Ping) && !goAway.IsCompleted; ping++)
        {
            await SendAsync(client, Http2Frame.Ping);
        }

        Assert.Equal("a", await proxy.Client(HttpVersion.Version20).GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    // Kestrel's Limits.Http2.MaxStreamsPerConnection.
    [Fact]
    public async Task More_requests_at_once_than_a_connection_may_have_are_refused_one_by_one()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a);
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);

        for (var request = 0; request <= 100; request++)
        {
            await client.BeginPostAsync((2 * request) + 1);
        }

        var refused = await client.WaitForAsync(frame => frame.Type == Http2Frame.Reset);
        Assert.Equal((201, RefusedStream), (refused.Stream, BinaryPrimitives.ReadInt32BigEndian(refused.Payload)));
    }

    // Kestrel's "MaxEnhanceYourCalmCount": requests that are begun while those that were reset are not over yet.
    [Fact]
    public async Task A_client_that_resets_each_request_at_once_is_let_go()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a);
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);
        var end = client.WaitForAsync(frame => frame.Type is Http2Frame.GoAway or Http2Frame.Ping);
        try
        {
            for (var request = 0; request < 20_000 && !end.IsCompleted; request++)
            {
                await client.BeginPostAsync((2 * request) + 1);
                await client.SendAsync(Http2Frame.Reset, 0, (2 * request) + 1, [0, 0, 0, 8]);
            }

            await client.SendAsync(Http2Frame.Ping, 0, 0, new byte[8]);
        }
        catch (IOException)
        {
            // Let go of.
        }

        // The web server does not always say why before it closes.
        var last = await Task.WhenAny(end);
        Assert.True(last.IsFaulted || (await last).Type == Http2Frame.GoAway, "20,000 requests were reset, and the connection lives on.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bursts_of_requests_that_are_reset_fill_no_log(bool isAnswered)
    {
        await using var a = new FakeDestination(isAnswered ? Behave.Ok("a") : Behave.Hang());
        await using var proxy = await StartAsync(a);
        for (var client = 0; client < 5; client++)
        {
            await using var attacker = await RawHttp2Client.ConnectAsync(proxy.Address);
            try
            {
                for (var request = 0; request < 3000; request++)
                {
                    await attacker.ResetAsync((2 * request) + 1);
                }

                await attacker.WaitForGoAwayAsync();
            }
            catch (IOException)
            {
                // Let go of without a word.
            }
        }

        Assert.DoesNotContain(proxy.Host.Logs.Records, record => record.Level >= LogLevel.Warning);
    }

    // A field "a" of 2000 bytes, in the literal form of HPACK.
    [Fact]
    public async Task Header_fields_that_are_longer_than_is_allowed_end_the_connection()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a, ("Limits:MaxRequestHeadSize", "1024"));
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);

        await client.BeginPostAsync(1, isHeadWhole: false);
        await client.SendAsync(Continuation, Http2Frame.EndHeaders, 1, [0x00, 1, (byte)'a', 0x7f, 0xd1, 0x0e, .. Enumerable.Repeat((byte)'x', 2000)]);

        Assert.NotEqual(0, await client.WaitForGoAwayAsync());
        Assert.Empty(a.Requests);
    }

    [Fact]
    public async Task Header_fields_that_do_not_come_to_their_end_in_time_end_the_connection()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a, ("Limits:RequestHeadTimeout", "1s"));
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);

        await client.BeginPostAsync(1, isHeadWhole: false);

        // The web server does not always say why before it closes.
        var end = await Task.WhenAny(client.WaitForGoAwayAsync());
        Assert.True(end.IsFaulted || await end != 0);
        Assert.Empty(a.Requests);
    }

    [Fact]
    public async Task A_frame_that_is_longer_than_is_allowed_ends_the_connection()
    {
        const int frameSizeError = 6;
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(a);
        await using var client = await RawHttp2Client.ConnectAsync(proxy.Address);

        await client.SendAsync(Http2Frame.Ping, 0, 0, new byte[20_000]);

        Assert.Equal(frameSizeError, await client.WaitForGoAwayAsync());
    }

    private static Task SendAsync(RawHttp2Client client, byte type) => type switch
    {
        Http2Frame.Ping => client.SendAsync(type, 0, 0, new byte[8]),
        Priority => client.SendAsync(type, 0, 3, [0, 0, 0, 0, 1]),
        Http2Frame.Data or Continuation => client.SendAsync(type, 0, 1),
        _ => client.SendAsync(type),
    };

    private Task<ProtocolProxy> StartAsync(FakeDestination destination, params (string Key, string Value)[] settings) => ProtocolProxy.StartAsync(
        _authority, "http", "Http2", settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value), destination.Address);
}
