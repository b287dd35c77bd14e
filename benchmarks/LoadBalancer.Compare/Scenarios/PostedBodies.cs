using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>What it costs to move bytes the other way: requests with a body that fits the buffers that proxies have for it.</summary>
internal sealed class PostedBodies : WrkScenario
{
    private const int BodyLength = 16 * 1024;
    private const string Answer = "taken\n";

    /// <inheritdoc />
    public override string Name => "post";

    /// <inheritdoc />
    public override string Description => $"POST with 16 KiB, {Clients} clients, keep-alive";

    /// <inheritdoc />
    public override int Clients => 64;

    /// <inheritdoc />
    public override string Path => "/post";

    /// <inheritdoc />
    public override int AnswerLength => Answer.Length;

    /// <inheritdoc />
    public override HttpRequestMessage CreateRequest() => new(HttpMethod.Post, Path) { Content = new ByteArrayContent(new byte[BodyLength]) };

    /// <inheritdoc />
    public override string PrepareDestination(WorkFolder folder)
    {
        // "return" would answer before the body is read. To mirror it nginx reads it whole; then it finds a file, to which nothing can be posted.
        var file = folder.Write("post", "");
        return $$"""
            location = {{Path}} { client_body_buffer_size 64k; mirror /mirror; root {{System.IO.Path.GetDirectoryName(file)}}; error_page 405 =200 @taken; }
                        location = /mirror { internal; return 204; }
                        location @taken { return 200 "{{Answer.ReplaceLineEndings("\\n")}}"; }
            """;
    }

    /// <inheritdoc />
    protected override IReadOnlyList<string> Arguments(WorkFolder folder) =>
        ["--script", folder.Write("post.lua", $"wrk.method = \"POST\"\nwrk.body = string.rep(\"x\", {BodyLength})\n")];
}
