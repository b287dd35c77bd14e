using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>
/// What it costs to take up a connection and end it. The proxy ends it first, as <c>Connection: close</c> tells it to, so what waits for late packets has the
/// proxy's port, and the clients do not run out of theirs.
/// </summary>
internal sealed class NewConnections() : SmallAnswers("connections", clients: 64)
{
    /// <inheritdoc />
    public override string Description => $"answers of {AnswerLength} bytes, {Clients} clients, a new connection for each request";

    /// <inheritdoc />
    public override HttpRequestMessage CreateRequest()
    {
        var request = base.CreateRequest();
        request.Headers.ConnectionClose = true;
        return request;
    }

    /// <inheritdoc />
    protected override IReadOnlyList<string> Arguments(WorkFolder folder) => ["--header", "Connection: close"];
}
