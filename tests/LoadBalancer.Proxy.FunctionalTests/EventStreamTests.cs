using System.Net;
using System.Net.Http.Headers;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Who gets a stream of events, and when it ends.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task Beyond_the_last_stream_there_is_a_problem_until_one_ends()
    {
        await using var proxy = await ProxyHost.StartAsync([], []);
        var open = new Stack<EventReader>();
        while (open.Count < AdminEvents.MaxStreams)
        {
            open.Push(await EventReader.OpenAfterStateAsync(proxy));
        }

        using (var refused = await proxy.Admin.GetAsync("/api/events"))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        }

        await open.Pop().DisposeAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var another = await EventReader.OpenAsync(proxy);
                return another.Answer.IsSuccessStatusCode;
            },
            "a stream is free again");
        await Task.WhenAll(open.Select(reader => reader.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_stop_ends_it_in_an_orderly_way_and_does_not_wait_for_it()
    {
        await using var proxy = await ProxyHost.StartAsync([], []);
        await using var events = await EventReader.OpenAfterStateAsync(proxy);

        await proxy.StopAsync().InTime();

        Assert.True(await events.WaitForEndAsync());
    }

    [Fact]
    public async Task A_reload_that_moves_the_listener_ends_it()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await using var events = await EventReader.OpenAfterStateAsync(run.Proxy);

        await run.ReloadAsync(["main", $"admin={TakenAddress.Freed()}"], ("a", a));

        Assert.True(await events.WaitForEndAsync());
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("s3cret", HttpStatusCode.OK)]
    public async Task With_a_token_it_is_open_to_who_has_it(string? token, HttpStatusCode expected)
    {
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Admin:Token"] = "s3cret" }, []);
        proxy.Admin.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);

        using var answer = await proxy.Admin.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task It_ends_when_a_reload_replaces_the_token()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await run.WriteAsync(WithToken("first", a), "configuration reloaded");
        run.Proxy.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "first");
        await using var events = await EventReader.OpenAfterStateAsync(run.Proxy);

        await run.WriteAsync(WithToken("second", a), "configuration reloaded");
        run.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await events.WaitForEndAsync());
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    public async Task It_is_only_for_GET(string method)
    {
        await using var proxy = await ProxyHost.StartAsync([], []);
        using var call = new HttpRequestMessage(new HttpMethod(method), "/api/events");

        using var answer = await proxy.Admin.SendAsync(call);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    private static string WithToken(string token, FakeDestination destination) =>
        $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "http://127.0.0.1:0", "Token": "{{token}}" },
          "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
        }
        """;
}
