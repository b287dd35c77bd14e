using System.Net;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The requests of a client stay with one destination.</summary>
public abstract class SessionTests : ThreeDestinations
{
    private const string On = "Clusters:web:SessionAffinity:Enabled";

    [Fact]
    public async Task A_client_stays_where_its_first_request_went()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { [On] = "true" }, Addresses);

        var (first, cookie) = await AskAsync(proxy);
        var (second, _) = await AskAsync(proxy);
        var answers = new List<(string Body, string? Cookie)>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await AskAsync(proxy, Pair(cookie)));
        }

        Assert.Matches("^lb-web=[A-Za-z0-9_-]{22}; path=/; samesite=lax; httponly$", cookie);
        Assert.Equal(("a", "b"), (first, second));
        Assert.All(answers, answer => Assert.Equal(("a", null), answer));
    }

    [Fact]
    public async Task Sticky_says_the_same_on_the_command_line()
    {
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { Servers = Addresses, Sticky = true });

        var (_, cookie) = await AskAsync(proxy);

        Assert.Equal(("a", null), await AskAsync(proxy, Pair(cookie)));
        Assert.StartsWith("lb-default=", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cookies_of_the_destination_stay()
    {
        A.Next(Behave.Answer(200, "a", "Set-Cookie: one=1", "Set-Cookie: two=2"));
        await using var proxy = await ProxyHost.StartAsync(new() { [On] = "true" }, Addresses);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(["one=1", "two=2", "lb-web"], answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie.StartsWith("lb-web=", StringComparison.Ordinal) ? "lb-web" : cookie));
    }

    [Fact]
    public async Task Two_proxies_with_one_key_take_each_others_sessions()
    {
        Dictionary<string, string?> settings = new() { [On] = "true", ["Clusters:web:SessionAffinity:Keys:0"] = "of all of our proxies" };
        await using var one = await ProxyHost.StartAsync(settings, Addresses);
        await using var other = await ProxyHost.StartAsync(settings, Addresses);

        await AskAsync(one);
        var (_, cookie) = await AskAsync(one);

        Assert.Equal(("b", null), await AskAsync(other, Pair(cookie)));
    }

    [Fact]
    public async Task Without_one_they_do_not()
    {
        await using var one = await ProxyHost.StartAsync(new() { [On] = "true" }, Addresses);
        await using var other = await ProxyHost.StartAsync(new() { [On] = "true" }, Addresses);

        var (_, cookie) = await AskAsync(one);
        var (_, moved) = await AskAsync(other, Pair(cookie));

        Assert.NotNull(moved);
        Assert.Equal(1, other.Metrics.Sum("lb.sessions", "lb.session=moved"));
    }

    [Fact]
    public async Task A_header_does_it_too()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { [On] = "true", ["Clusters:web:SessionAffinity:Policy"] = "CustomHeader", ["Clusters:web:SessionAffinity:AffinityKeyName"] = "X-Stay" }, Addresses);

        await proxy.Client.GetStringAsync("/");
        using var first = await proxy.Client.GetAsync("/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Stay", first.Headers.GetValues("X-Stay") } } };
        using var second = await proxy.Client.SendAsync(request);

        Assert.Equal(("b", false), (await second.Content.ReadAsStringAsync(), second.Headers.Contains("X-Stay")));
    }

    [Fact]
    public async Task When_its_destination_is_gone_it_moves_and_stays_there()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { [On] = "true" }, Addresses);
        var (_, cookie) = await AskAsync(proxy);
        await A.StopAsync();

        var (body, moved) = await AskAsync(proxy, Pair(cookie));
        A.Restart();

        Assert.NotEqual("a", body);
        Assert.Equal((body, null), await AskAsync(proxy, Pair(moved)));
        Assert.Equal((1, 1, 1), (proxy.Metrics.Sum("lb.sessions", "lb.session=begun"), proxy.Metrics.Sum("lb.sessions", "lb.session=moved"), proxy.Metrics.Sum("lb.sessions", "lb.session=kept")));
    }

    [Fact]
    public async Task Or_is_refused_where_that_is_the_policy()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { [On] = "true", ["Clusters:web:SessionAffinity:FailurePolicy"] = "Return503Error" }, Addresses);
        var (_, cookie) = await AskAsync(proxy);
        await A.StopAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", Pair(cookie) } } };
        using var answer = await proxy.Client.SendAsync(request);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (answer.StatusCode, B.Requests.Count + C.Requests.Count));
    }

    [Fact]
    public async Task One_that_drains_keeps_its_sessions_until_they_time_out()
    {
        var clock = new ManualTimeProvider();
        await using var proxy = await ProxyHost.StartAsync(clock, new() { [On] = "true", ["Clusters:web:DrainTimeout"] = "20s" }, Addresses);
        var (_, cookie) = await AskAsync(proxy);
        using var drain = await proxy.Admin.PatchAsync("/api/clusters/web/destinations/a", new StringContent("""{"state":"draining"}""", Encoding.UTF8, "application/json"));

        var meanwhile = await AskAsync(proxy, Pair(cookie));
        clock.Advance(TimeSpan.FromSeconds(21));
        var (after, moved) = await AskAsync(proxy, Pair(cookie));

        Assert.Equal(("a", null), meanwhile);
        Assert.NotEqual("a", after);
        Assert.NotNull(moved);
    }

    [Theory]
    [InlineData("https", true)]
    [InlineData("http", false)]
    public async Task The_cookie_is_for_TLS_only_where_the_client_used_it(string scheme, bool isSecure)
    {
        await using var proxy = await ProxyHost.StartAsync(new() { [On] = "true", ["TrustedProxies:0"] = "127.0.0.0/8" }, Addresses);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-Proto", scheme } } };
        using var answer = await proxy.Client.SendAsync(request);

        Assert.Equal(isSecure, answer.Headers.GetValues("Set-Cookie").Single().Contains("; secure", StringComparison.Ordinal));
    }

    private static string Pair(string? cookie) => cookie![..cookie!.IndexOf(';')];

    private static async Task<(string Body, string? Cookie)> AskAsync(ProxyHost proxy, string? cookie = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", $"other=1; {cookie}");
        }

        using var answer = await proxy.Client.SendAsync(request);
        return (await answer.Content.ReadAsStringAsync(), answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single() : null);
    }
}
