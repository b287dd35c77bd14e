using System.Globalization;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>Load from wrk: each client sends its next request when it has the answer to the last.</summary>
internal abstract class WrkScenario : Scenario
{
    /// <summary>How long the body of an answer is, in bytes.</summary>
    public abstract int AnswerLength { get; }

    /// <summary>A request as wrk sends it.</summary>
    public virtual HttpRequestMessage CreateRequest() => new(HttpMethod.Get, Path);

    /// <summary>Writes what the destinations need, and returns the location, in nginx's words, that answers <see cref="Scenario.Path"/>.</summary>
    public abstract string PrepareDestination(WorkFolder folder);

    /// <inheritdoc />
    public override Launch PrepareDestinations(string nginx, IReadOnlyList<int> ports, WorkFolder folder) => Destinations.Prepare(nginx, ports, this, folder);

    /// <inheritdoc />
    public override async Task SeeAnswerAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var request = CreateRequest();
        using var answer = await client.SendAsync(request, cancellationToken);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode || body.Length != AnswerLength)
        {
            throw new CompareException($"answers {Path} with status {(int)answer.StatusCode} and {body.Length} bytes");
        }
    }

    /// <summary>Further arguments for wrk: <c>-s script.lua</c> for requests with a body, <c>-H "Connection: close"</c> for a new connection each.</summary>
    /// <param name="folder">Where to write files.</param>
    protected virtual IReadOnlyList<string> Arguments(WorkFolder folder) => [];

    /// <inheritdoc />
    public override async Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken)
    {
        var wrk = new Launch(
            Programs.Need("wrk"),
            [
                "--latency", "--timeout", "5s", "--threads", "1",
                "--connections", Clients.ToString(CultureInfo.InvariantCulture),
                "--duration", string.Create(CultureInfo.InvariantCulture, $"{drive.Duration.TotalSeconds:0}s"),
                .. Arguments(drive.Folder),
                new Uri(drive.Proxy, Path).ToString(),
            ]);
        return WrkOutput.Parse(await Child.RunAsync(wrk.On(drive.Cpus), drive.Duration + TimeSpan.FromSeconds(30), cancellationToken));
    }
}
