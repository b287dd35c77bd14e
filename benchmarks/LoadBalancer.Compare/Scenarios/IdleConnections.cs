using LoadBalancer.Compare.Load;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>
/// What memory a connection takes while nothing happens on it: how much the process grows from the first thousand to the last, each after one request.
/// What the kernel keeps for it is not counted.
/// </summary>
/// <remarks>One round a start: memory that was taken once is seldom given back, so a second round would find it there.</remarks>
internal sealed class IdleConnections() : SmallAnswers("idle", clients: 64)
{
    private const int First = 1_000;
    private const int Most = 10_000;

    // What is to be freed or returned is so by then.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public override string Description => $"keep-alive connections, from {First} to {Connections}, each after one request";

    // A proxy may need a descriptor for the destination for each that a client has, and some of its own.
    /// <inheritdoc />
    public override int Connections { get; } = Math.Min(Most, Proc.ReadMostDescriptors() / 5 * 2);

    /// <inheritdoc />
    public override IReadOnlyList<Figure> Columns { get; } = [Figure.ConnectionBytes, Figure.Connections, Figure.Memory];

    /// <inheritdoc />
    public override Effort Within(Effort effort) => effort with { Rounds = 1, Repeats = 0 };

    // By requests: code that is compiled as it runs is not the connections'.
    /// <inheritdoc />
    public override Task<LoadReport> WarmUpAsync(Drive drive, CancellationToken cancellationToken) => base.DriveAsync(drive, cancellationToken);

    /// <inheritdoc />
    public override async Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken)
    {
        if (Connections <= First)
        {
            throw new CompareException($"idle connections need a hard limit of more than {First / 2 * 5} open files: see ulimit -H -n");
        }

        using var clients = new IdleClients(new Uri(drive.Proxy, Path), AnswerLength);
        var atFirst = await GrowAsync(clients, First, drive, cancellationToken);
        var atLast = await GrowAsync(clients, Connections, drive, cancellationToken);
        return new LoadReport(Connections, 0, TimeSpan.Zero, TimeSpan.Zero, Errors: 0) { GrowthMegabytes = atLast - atFirst, Grown = Connections - First };
    }

    private static async Task<double> GrowAsync(IdleClients clients, int count, Drive drive, CancellationToken cancellationToken)
    {
        await clients.GrowAsync(count, cancellationToken);
        await Task.Delay(Rest, TimeProvider.System, cancellationToken);
        return drive.ReadResidentMegabytes();
    }
}
