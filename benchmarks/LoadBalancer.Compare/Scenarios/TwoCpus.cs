namespace LoadBalancer.Compare.Scenarios;

/// <summary>
/// What a request costs when a proxy has two workers, threads or loops, and shares both CPUs with the load. It tells whether two cost more than one does; how
/// much more they get done it cannot tell, as the load needs the same CPUs.
/// </summary>
internal sealed class TwoCpus() : SmallAnswers("two", clients: 64)
{
    /// <inheritdoc />
    public override string Description => $"answers of {AnswerLength} bytes, {Clients} clients, keep-alive; two workers, threads or loops, nothing pinned to one CPU";

    /// <inheritdoc />
    public override int Threads => 2;
}
