using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>What a request costs by itself: hardly any bytes to move.</summary>
/// <param name="name">The name that the command line and bars have for it.</param>
/// <param name="clients">How many clients come at once.</param>
internal class SmallAnswers(string name, int clients) : WrkScenario
{
    private const string Answer = "Thirty-one bytes, and no more.\n";

    /// <inheritdoc />
    public override string Name => name;

    /// <inheritdoc />
    public override string Description => $"answers of {AnswerLength} bytes, {Clients} clients, keep-alive";

    /// <inheritdoc />
    public override int Clients => clients;

    /// <inheritdoc />
    public override string Path => "/small";

    /// <inheritdoc />
    public override int AnswerLength => Answer.Length;

    /// <inheritdoc />
    public override string PrepareDestination(WorkFolder folder) =>
        $$"""location = {{Path}} { default_type text/plain; return 200 "{{Answer.ReplaceLineEndings("\\n")}}"; }""";
}
