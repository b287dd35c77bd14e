using System.Net;
using System.Net.Sockets;
using System.Text;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>How soon a proxy answers that is started anew, and what memory it takes then and after some requests.</summary>
internal sealed class StartUp() : SmallAnswers("startup", clients: 64)
{
    private const int Requests = 10_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // The exactness of the figure.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // What goes on behind the first answer, such as probes, has been done by then.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET /small HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    /// <inheritdoc />
    public override string Description => $"from the start of the process to its first answer, and the memory then and after {Requests} requests";

    // As it is started where it is used: on all that there is.
    /// <inheritdoc />
    public override int Threads => 2;

    /// <inheritdoc />
    public override bool HasTelemetry => false;

    /// <inheritdoc />
    public override IReadOnlyList<Figure> Columns { get; } = [Figure.FirstAnswer, Figure.MemoryAtFirst, Figure.Memory];

    /// <inheritdoc />
    public override Effort Within(Effort effort) => effort with { Starts = Math.Min(effort.Starts, 2), WarmUp = 0, Repeats = 0 };

    /// <inheritdoc />
    public override async Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken)
    {
        var started = await drive.RestartAsync();
        await WaitForAnswerAsync(drive.Proxy, started, cancellationToken);
        var took = TimeProvider.System.GetElapsedTime(started);
        await Task.Delay(Rest, TimeProvider.System, cancellationToken);
        var atFirst = drive.ReadResidentMegabytes();

        var errors = await SendAsync(drive.Proxy, cancellationToken);
        await Task.Delay(Rest, TimeProvider.System, cancellationToken);
        return new LoadReport(Requests, 0, TimeSpan.Zero, TimeSpan.Zero, errors) { FirstAnswer = took, MegabytesAtFirst = atFirst };
    }

    private static async Task WaitForAnswerAsync(Uri proxy, long started, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause);
        while (!Answers(proxy.Port))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new CompareException($"no answer {Limit.TotalSeconds:0} s after the start");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    // With as little as can be of what takes time itself.
    private static bool Answers(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Limit.TotalMilliseconds };
            socket.Connect(IPAddress.Loopback, port);
            socket.Send(Request);
            Span<byte> head = stackalloc byte[12];
            return socket.Receive(head) == head.Length && head.SequenceEqual("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            // Not yet.
            return false;
        }
    }

    private async Task<int> SendAsync(Uri proxy, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = proxy };
        var (left, errors) = (Requests, 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var answer = await client.GetAsync(Path, cancellationToken);
                Interlocked.Add(ref errors, answer.IsSuccessStatusCode ? 0 : 1);
            }
        }));
        return errors;
    }
}
