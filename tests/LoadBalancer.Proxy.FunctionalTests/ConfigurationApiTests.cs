using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The calls about the configuration: what is in force, read it again, and what that would change.</summary>
public sealed class ConfigurationApiTests
{
    [Fact]
    public async Task The_configuration_in_force_is_told_with_where_it_comes_from_and_without_secrets()
    {
        using var file = new ConfigFile("""{ "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Token": "s3cret" }, "Clusters": { "web": { "Destinations": { "a": { "Address": "http://127.0.0.1:1" } } } } }""");
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path, Admin = "http://127.0.0.1:0" });
        proxy.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");

        var text = await proxy.Admin.GetStringAsync("/api/config");

        using var json = JsonDocument.Parse(text);
        var (configuration, sources) = (json.RootElement.GetProperty("configuration"), json.RootElement.GetProperty("sources"));
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        Assert.Equal(
            ("(secret)", "http://127.0.0.1:1", "10s", file.Path, "--admin"),
            (
                configuration.GetProperty("Admin").GetProperty("Token").GetString(),
                configuration.GetProperty("Clusters").GetProperty("web").GetProperty("Destinations").GetProperty("a").GetProperty("Address").GetString(),
                configuration.GetProperty("Clusters").GetProperty("web").GetProperty("HealthCheck").GetProperty("Active").GetProperty("Interval").GetString(),
                sources.GetProperty("Clusters:web:Destinations:a:Address").GetString(),
                sources.GetProperty("Admin:Url").GetString()));
        Assert.False(sources.TryGetProperty("ShutdownTimeout", out _));
    }

    [Fact]
    public async Task A_reload_is_in_force_when_it_is_answered_and_the_answer_says_what_changed()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main"], ("b", b));

        var answer = await PostAsync(run.Proxy, "/api/reload", "");

        Assert.True(answer.GetProperty("reloaded").GetBoolean());
        Assert.Equal(["removed destination Clusters:web:Destinations:a", "added destination Clusters:web:Destinations:b"], ChangesOf(answer));
        Assert.Equal("b", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_preview_says_what_would_change_and_nothing_does()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main", "second"], ("a", a), ("b", b));

        var answer = await PostAsync(run.Proxy, "/api/reload?preview=true", "");

        Assert.False(answer.GetProperty("reloaded").GetBoolean());
        Assert.Equal(["added listener Listeners:second", "added destination Clusters:web:Destinations:b"], ChangesOf(answer));
        Assert.Equal(("aa", 1), (await run.Proxy.Client.GetStringAsync("/") + await run.Proxy.Client.GetStringAsync("/"), run.Listening().Count));
    }

    [Fact]
    public async Task After_a_preview_the_file_is_still_seen_to_have_changed()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main"], ("b", b));
        await PostAsync(run.Proxy, "/api/reload?preview=true", "");

        await Eventually.HoldsAsync(
            async () =>
            {
                run.Clock.Advance(TimeSpan.FromSeconds(1));
                return await run.Proxy.Client.GetStringAsync("/") == "b";
            },
            "the file is in force");
    }

    [Fact]
    public async Task A_preview_of_another_file_is_of_what_was_sent()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        var answer = await PostAsync(run.Proxy, "/api/reload?preview=true", $$"""
            {
              // A comment, as in a file.
              "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
              "Admin": { "Url": "http://127.0.0.1:0" },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{a.Address}}", "Weight": 5 } } } }
            }
            """);

        Assert.Equal(["changed destination Clusters:web:Destinations:a:Weight"], ChangesOf(answer));
        var change = answer.GetProperty("changes")[0];
        Assert.Equal(("1", "5", false), (change.GetProperty("before").GetString(), change.GetProperty("after").GetString(), change.GetProperty("nextStart").GetBoolean()));
    }

    [Theory]
    [InlineData("/api/reload?preview=true")]
    [InlineData("/api/reload")]
    public async Task A_wrong_configuration_is_refused_with_every_error(string call)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main=http://127.0.0.1:99999", "other=nonsense"], ("a", a));

        var problem = await PostAsync(run.Proxy, call, "", HttpStatusCode.BadRequest);

        Assert.Equal(["Listeners:main:Url", "Listeners:other:Url"], problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()!).Order(StringComparer.Ordinal));
        Assert.Contains("Listeners:main:Url: 'http://127.0.0.1:99999' has no valid port", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("/api/reload", "{}", "A body is for ?preview=true: it is what the configuration file would have in it. A reload reads the file itself.")]
    [InlineData("/api/reload?preview=maybe", "", "preview must be true or false: POST /api/reload?preview=true.")]
    [InlineData("/api/reload?previw=true", "", "'previw' is not a parameter of this call: it has preview, as in POST /api/reload?preview=true.")]
    [InlineData("/api/reload?preview=true", "{", "the file that was sent: not valid JSON at line 1: ")]
    [InlineData("/api/reload?preview=true", """{ "Clusters": { "web": {} }, "AccessLog": { "File": "/nowhere/at/all.log" } }""", "AccessLog:File: cannot open '/nowhere/at/all.log': its folder is not there")]
    [InlineData("/api/reload?preview=true", "{}", "Clusters: is missing: there are no servers that requests could go to")]
    public async Task What_is_not_such_a_call_is_one_clear_error(string call, string body, string error)
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        Assert.StartsWith(error, (await PostAsync(run.Proxy, call, body, HttpStatusCode.BadRequest)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_is_sent_may_be_longer_than_other_calls()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var destinations = string.Join(", ", Enumerable.Range(1, 5000).Select(n => $$"""
            "d{{n}}": { "Address": "http://127.0.0.1:{{n}}" }
            """));

        var answer = await PostAsync(run.Proxy, "/api/reload?preview=true", $$"""{ "Clusters": { "web": { "Destinations": { {{destinations}} } } } }""");

        Assert.Equal(5001, ChangesOf(answer).Count(change => change.Contains(" destination ", StringComparison.Ordinal)));
    }

    private static string[] ChangesOf(JsonElement answer) =>
        [.. answer.GetProperty("changes").EnumerateArray().Select(change => $"{change.GetProperty("change").GetString()} {change.GetProperty("kind").GetString()} {change.GetProperty("path").GetString()}")];

    private static async Task<JsonElement> PostAsync(ProxyHost proxy, string call, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await proxy.Admin.PostAsync(new Uri(call, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, text);
        return JsonElement.Parse(text);
    }
}
