using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange where its answer opens a tunnel.</summary>
internal sealed partial class EventLoopExchange
{
    /// <summary>Whether it has become a tunnel.</summary>
    public bool IsTunnel => _tunnel is not null;

    /// <summary>Something went either way.</summary>
    /// <param name="toClient">How many bytes of it are for the client.</param>
    internal void Moved(int toClient = 0)
    {
        _attempts.Moved(_services.Now);
        _passed += toClient;
    }

    /// <summary>The tunnel is over.</summary>
    internal void EndTunnel(Outcome outcome)
    {
        var relayed = _relayed!;
        EndFlight(relayed, relayed.Result(outcome, _status, isComplete: outcome == Outcome.Success));
        _outcome = _attempts.EndedIn;
        Finish(outcome == Outcome.Success ? ConnectionEnd.Close : ConnectionEnd.Reset);
    }

    private void BeginTunnel(Flight flight)
    {
        Arm();
        SendToClient(_services.Output.Written);
        if (IsActive)
        {
            _tunnel = new Tunnel(this, _services, _client!, flight);
            _tunnel.Begin();
        }
    }
}
