using System.Text;
using LoadBalancer.Proxy.Admin;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.UnitTests.Admin;

public sealed class EventStreamTests
{
    private readonly DefaultHttpContext _context = new() { Response = { Body = new MemoryStream() } };
    private readonly Lifetime _lifetime = new();

    public EventStreamTests() => _context.Features.Set<IHttpRequestLifetimeFeature>(_lifetime);

    [Fact]
    public async Task Each_event_is_a_name_a_number_and_one_line_of_data()
    {
        using var stream = Create();

        stream.AddRetry(TimeSpan.FromSeconds(1));
        Add(stream, 17, "status code: 200");
        Add(stream, 18, "two\r\nlines");
        await stream.SendAsync(CancellationToken.None);

        Assert.Equal(
            """
            retry: 1000
            event: counters
            id: 17
            data: {"sequence":17,"clusters":[{"name":"web","retriesRefused":0,"shed":0,"waiting":0,"destinations":[{"name":"a","reason":"status code: 200","inFlight":1,"requests":2,"failures":3,"latencyMs":4.5}]}]}

            event: counters
            id: 18
            data: {"sequence":18,"clusters":[{"name":"web","retriesRefused":0,"shed":0,"waiting":0,"destinations":[{"name":"a","reason":"two\r\nlines","inFlight":1,"requests":2,"failures":3,"latencyMs":4.5}]}]}


            """.ReplaceLineEndings("\n"),
            Sent());
    }

    [Fact]
    public async Task What_was_sent_is_not_sent_again()
    {
        using var stream = Create();
        Add(stream, 1, "");
        await stream.SendAsync(CancellationToken.None);
        var first = Sent();

        await stream.SendAsync(CancellationToken.None);

        Assert.Equal(first, Sent());
    }

    [Fact]
    public async Task It_is_full_from_64_KiB_until_it_is_sent()
    {
        using var stream = Create();

        Add(stream, 1, new string('x', 60_000));
        Assert.False(stream.IsFull);
        Add(stream, 2, new string('x', 60_000));
        Assert.True(stream.IsFull);
        await stream.SendAsync(CancellationToken.None);
        Assert.False(stream.IsFull);
    }

    [Fact]
    public async Task A_write_that_is_called_off_cuts_the_client_off()
    {
        using var ending = new CancellationTokenSource();
        _context.Response.Body = new CancelledStream(ending);
        using var stream = Create();
        Add(stream, 1, "");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.SendAsync(ending.Token));

        Assert.True(_lifetime.IsAborted);
    }

    [Fact]
    public async Task Who_is_to_be_sent_nothing_more_is_not_cut_off()
    {
        using var stream = Create();
        Add(stream, 1, "");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.SendAsync(new CancellationToken(canceled: true)));

        Assert.False(_lifetime.IsAborted);
    }

    private static void Add(EventStream stream, long sequence, string reason) => stream.Add(
        "counters",
        sequence,
        new CountersView(sequence, [new ClusterCountersView("web", 0, 0, 0, [new DestinationCountersView("a", reason, 1, 2, 3, 4.5)])]),
        AdminJson.Default.CountersView);

    private EventStream Create() => new(_context, TimeSpan.FromSeconds(5), TimeProvider.System);

    private string Sent() => Encoding.UTF8.GetString(((MemoryStream)_context.Response.Body).ToArray());

    /// <summary>Has a write called off once it has begun, and does no more about it.</summary>
    private sealed class CancelledStream(CancellationTokenSource ending) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await ending.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }
}
