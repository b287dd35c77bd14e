using LoadBalancer.Compare.Peers;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>Sees to it that a proxy does what is asked of all of them, before its figures count: one that does less is cheaper.</summary>
internal sealed class PeerCheck(Peer peer, Child process, Uri address)
{
    private const int Turns = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the proxy answers, and looks at what it does.</summary>
    /// <exception cref="CompareException">It does not start, or does not do what it should.</exception>
    public async Task RunAsync(Scenario scenario, IReadOnlyList<int> destinations, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Limit };
        await WaitUntilItAnswersAsync(client, cancellationToken);
        await SeeFieldsAndTurnsAsync(client, destinations, cancellationToken);
        try
        {
            await scenario.SeeAnswerAsync(client, cancellationToken);
        }
        catch (CompareException exception)
        {
            throw new CompareException($"{peer.Name} {exception.Message}");
        }
    }

    private async Task WaitUntilItAnswersAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause);
        var started = TimeProvider.System.GetTimestamp();
        do
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new CompareException($"{peer.Name} does not start. {process.Said}");
            }

            try
            {
                using var answer = await client.GetAsync(PeerSetup.HealthPath, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task SeeFieldsAndTurnsAsync(HttpClient client, IReadOnlyList<int> destinations, CancellationToken cancellationToken)
    {
        var seen = new List<string>();
        for (var i = 0; i < Turns * destinations.Count; i++)
        {
            var echo = (await client.GetStringAsync(Destinations.EchoPath, cancellationToken)).Split('|');
            if (echo is not [var port, "127.0.0.1", { Length: > 0 }])
            {
                throw new CompareException($"{peer.Name} does not send X-Forwarded-For and Via: {string.Join('|', echo)}");
            }

            seen.Add(port);
        }

        if (seen.CountBy(port => port).Count(port => port.Value == Turns) != destinations.Count)
        {
            throw new CompareException($"{peer.Name} does not give each destination its turn: {string.Join(", ", seen)}");
        }
    }
}
