using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>What it costs to move bytes.</summary>
internal sealed class LargeAnswers : WrkScenario
{
    /// <inheritdoc />
    public override string Name => "large";

    /// <inheritdoc />
    public override string Description => $"answers of 1 MiB, {Clients} clients, keep-alive";

    /// <inheritdoc />
    public override int Clients => 16;

    /// <inheritdoc />
    public override string Path => "/large";

    /// <inheritdoc />
    public override bool HasLargeBodies => true;

    /// <inheritdoc />
    public override int AnswerLength => 1024 * 1024;

    /// <inheritdoc />
    public override string PrepareDestination(WorkFolder folder)
    {
        var content = new byte[AnswerLength];
        Array.Fill(content, (byte)'x');
        var file = folder.Write("large", content);
        return $$"""location = {{Path}} { default_type application/octet-stream; root {{System.IO.Path.GetDirectoryName(file)}}; }""";
    }
}
