using System.Text;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Routes that are not open to everyone.</summary>
public sealed class AccessTests
{
    // Of the password "secret".
    private const string Hash = "pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=";

    private static readonly Dictionary<string, string?> Basic = new()
    {
        ["Routes:web:Access:BasicAuth:Realm"] = "the shop",
        ["Routes:web:Access:BasicAuth:Users:alice"] = Hash,
    };

    public static TheoryData<string> Engines => AccessLogTests.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Only_networks_that_are_allowed_get_in_and_who_trusted_proxies_name_counts(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, new()
        {
            ["TrustedProxies:0"] = "127.0.0.1",
            ["Routes:web:Access:Allow:0"] = "192.0.2.0/24",
            ["Routes:web:Access:Deny:0"] = "192.0.2.9",
        }, destination);
        using var client = await proxy.ConnectAsync();

        async Task<int> AskAsync(string from) => (await client.AskAsync(RawRequest.Get("/", $"X-Forwarded-For: {from}"))).Status;

        Assert.Equal((200, 403, 403, 403), (await AskAsync("192.0.2.1"), await AskAsync("192.0.2.9"), await AskAsync("198.51.100.1"), await AskAsync("192.0.2.1, 198.51.100.1")));
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.requests", "lb.route=web", "lb.outcome=denied") == 3, "the refusals are counted");
        Assert.Single(destination.Requests);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_without_a_password_is_asked_for_it_and_one_with_it_is_let_in(string engine)
    {
        await using var destination = new FakeDestination(Behave.Ok("hello"));
        await using var proxy = await StartAsync(engine, Basic, destination);
        using var client = await proxy.ConnectAsync();

        var without = await client.AskAsync(RawRequest.Get());
        var wrong = await client.AskAsync(RawRequest.Get("/", Authorization("alice:guess")));
        var stranger = await client.AskAsync(RawRequest.Get("/", Authorization("bob:secret")));
        var right = await client.AskAsync(RawRequest.Get("/", Authorization("alice:secret")));
        var again = await client.AskAsync(RawRequest.Get("/", Authorization("alice:secret")));

        Assert.All([without, wrong, stranger], answer => Assert.Equal((401, "Basic realm=\"the shop\", charset=\"UTF-8\""), (answer.Status, answer.Header("WWW-Authenticate"))));
        Assert.Equal((200, 200), (right.Status, again.Status));
        Assert.Equal(2, destination.Requests.Count);
        Assert.All(destination.Requests, request => Assert.Null(request.Header("Authorization")));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Where_the_operator_wants_it_the_password_is_passed_on(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, new(Basic) { ["Routes:web:Access:BasicAuth:PassOn"] = "true" }, destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get("/", Authorization("alice:secret")));

        Assert.Equal(Authorization("alice:secret"), $"Authorization: {destination.Requests[0].Header("Authorization")}");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Other_routes_and_their_authorization_are_left_alone(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, new(Basic) { ["Routes:web:Match:Path"] = "/shop", ["Routes:open:ClusterId"] = "web" }, destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get("/", "Authorization: Bearer x"));

        Assert.Equal("Bearer x", destination.Requests[0].Header("Authorization"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_body_comes_whole_after_the_password_was_checked(string engine)
    {
        var body = Text.OfLength(200_000);
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, Basic, destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Post(body, Authorization("alice:secret")));

        Assert.Equal((200, body), (answer.Status, destination.Requests[0].Body));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_that_leaves_while_its_password_is_checked_harms_nobody(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, Basic, destination);
        for (var i = 0; i < 20; i++)
        {
            using var leaving = await proxy.ConnectAsync();
            await leaving.SendAsync(RawRequest.Get("/", Authorization($"alice:{i}")));
            leaving.Abort();
        }

        using var client = await proxy.ConnectAsync();

        Assert.Equal(200, (await client.AskAsync(RawRequest.Get("/", Authorization("alice:secret")))).Status);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Redirects_and_answers_of_a_route_are_kept_from_strangers_too(string engine)
    {
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Engine"] = engine,
            ["Routes:a:Match:Path"] = "/a",
            ["Routes:a:Respond:Body"] = "a",
            ["Routes:a:Access:Deny:0"] = "127.0.0.1",
            ["Routes:b:Redirect:Scheme"] = "https",
            ["Routes:b:Access:Allow:0"] = "192.0.2.1",
        });
        using var client = await proxy.ConnectAsync();

        Assert.Equal((403, 403), ((await client.AskAsync(RawRequest.Get("/a"))).Status, (await client.AskAsync(RawRequest.Get("/b"))).Status));
    }

    [Theory]
    [InlineData("198.51.100.1", "", 403, "198.51.100.1 is in no network of Allow")]
    [InlineData("192.0.2.1", "", 401, "the request has no name and password that are known")]
    [InlineData("192.0.2.1", "alice:secret", null, null)]
    public async Task Explain_says_why(string client, string credentials, int? status, string? why)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync("Kestrel", new(Basic) { ["Routes:web:Access:Allow:0"] = "192.0.2.0/24" }, destination);

        var field = Authorization(credentials).Split(": ")[1];
        using var content = new StringContent($$$"""{"url":"/","client":"{{{client}}}","headers":{"Authorization":"{{{field}}}"}}""", Encoding.UTF8, "application/json");
        using var answer = await proxy.Admin.PostAsync("/api/explain", content);
        var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;

        Assert.Equal((why, status), (told.GetProperty("denied").GetString(), told.GetProperty("answer") is { ValueKind: JsonValueKind.Object } given ? given.GetProperty("status").GetInt32() : null));
    }

    private static Task<ProxyHost> StartAsync(string engine, Dictionary<string, string?> settings, FakeDestination destination)
    {
        var all = new Dictionary<string, string?>(settings) { ["Engine"] = engine };
        all.TryAdd("Routes:web:ClusterId", "web");
        return ProxyHost.StartAsync(all, destination.Address);
    }

    private static string Authorization(string credentials) => $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";
}
