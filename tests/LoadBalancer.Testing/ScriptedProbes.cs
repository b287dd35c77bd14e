namespace LoadBalancer.Testing;

/// <summary>Answers the probes of a destination one by one, each when the test says so: between two of them nothing happens.</summary>
public sealed class ScriptedProbes
{
    private readonly System.Threading.Channels.Channel<Behaviour> _answers = System.Threading.Channels.Channel.CreateUnbounded<Behaviour>();
    private int _came;
    private int _answered;

    /// <summary>How many probes have come.</summary>
    public int Came => Volatile.Read(ref _came);

    /// <summary>Keeps a probe waiting until its turn.</summary>
    public async Task AnswerAsync(FakeExchange exchange)
    {
        Interlocked.Increment(ref _came);
        var answer = await _answers.Reader.ReadAsync(exchange.Stopping);
        await answer(exchange);
    }

    /// <summary>Lets the next probes find these statuses, and waits until the proxy has made of each what it will: the probe after it has come.</summary>
    public async Task FindAsync(params int[] statuses)
    {
        foreach (var status in statuses)
        {
            await _answers.Writer.WriteAsync(Behave.Answer(status, ""));
            _answered++;
            await Eventually.HoldsAsync(() => Came > _answered, $"the probe after the one that found {status} came");
        }
    }
}
