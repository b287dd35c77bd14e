using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Routes that answer by themselves.</summary>
public sealed class RespondTests
{
    public static TheoryData<string> Engines => AccessLogTests.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_answer_is_what_the_route_says(string engine)
    {
        await using var proxy = await StartAsync(engine, new()
        {
            ["StatusCode"] = "503",
            ["Body"] = "back at 8 – sorry",
            ["ContentType"] = "text/html; charset=utf-8",
            ["Headers:Retry-After"] = "3600",
        });
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/anything"));

        Assert.Equal(
            (503, "back at 8 – sorry", "19", "text/html; charset=utf-8", "3600"),
            (answer.Status, answer.Text, answer.Header("Content-Length"), answer.Header("Content-Type"), answer.Header("Retry-After")));
        Assert.NotNull(answer.Header("X-Request-Id"));
        Assert.NotNull(answer.Header("Date"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task An_answer_to_HEAD_has_the_length_and_no_body(string engine)
    {
        await using var proxy = await StartAsync(engine, new() { ["Body"] = "hello" });
        using var client = await proxy.ConnectAsync();

        var head = await client.AskAsync(RawRequest.WithoutBody("HEAD"));
        var get = await client.AskAsync(RawRequest.Get());

        Assert.Equal((200, "5", "text/plain; charset=utf-8", ""), (head.Status, head.Header("Content-Length"), head.Header("Content-Type"), head.Text));
        Assert.Equal("hello", get.Text);
    }

    [Theory]
    [InlineData("Kestrel", 204, null)]
    [InlineData("EventLoop", 204, null)]
    [InlineData("Kestrel", 200, "0")]
    [InlineData("EventLoop", 200, "0")]
    public async Task An_answer_without_a_body_says_so_where_it_may(string engine, int status, string? length)
    {
        Assert.SkipUnless(engine == "Kestrel" || OperatingSystem.IsLinux(), "There is only the other engine here.");
        await using var proxy = await StartAsync(engine, new() { ["StatusCode"] = $"{status}" });
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Post("hello"));
        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal((status, length, null), (answer.Status, answer.Header("Content-Length"), answer.Header("Content-Type")));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task It_is_counted_as_such(string engine)
    {
        await using var proxy = await StartAsync(engine, []);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get());

        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.route=fixed", "lb.outcome=responded") == 1, "the answer is counted");
    }

    private static Task<ProxyHost> StartAsync(string engine, Dictionary<string, string?> respond) => ProxyHost.StartWithAsync(
        new(respond.ToDictionary(pair => $"Routes:fixed:Respond:{pair.Key}", pair => pair.Value)) { ["Engine"] = engine, ["Routes:fixed:Order"] = "1", ["Routes:fixed:Respond:StatusCode"] = respond.GetValueOrDefault("StatusCode", "200") });
}
