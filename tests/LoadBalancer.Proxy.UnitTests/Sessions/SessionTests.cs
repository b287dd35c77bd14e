using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Sessions;
using LoadBalancer.Proxy.UnitTests.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Sessions;

public sealed class SessionTests
{
    private readonly Member[] _members = [Make.Member("a"), Make.Member("b")];

    private Destination B => _members[1].Destination;

    [Fact]
    public void A_cluster_without_sessions_looks_at_nothing() => Assert.Equal(SessionKind.None, Session.Of(null, new Ask { Headers = { ["Cookie"] = "lb-web=x" } }).Kind);

    [Fact]
    public void A_client_without_the_cookie_has_none_yet() =>
        Assert.Equal([SessionKind.New, SessionKind.New], [Read(SessionAffinityPolicy.Cookie), Read(SessionAffinityPolicy.Cookie, "other=x; xlb-web=y")]);

    [Fact]
    public void The_cookie_is_found_among_others_and_in_any_line()
    {
        var table = Table(SessionAffinityPolicy.Cookie);
        var ask = new Ask { Headers = { ["Cookie"] = new StringValues(["a=1; b=2", $"c=3;  lb-web={table.IdOf(B)}; d=4"]) } };

        Assert.Equal(new Session(SessionKind.Known, B), Session.Of(table, ask));
    }

    [Fact]
    public void Of_several_cookies_of_the_name_the_one_that_is_ours_counts()
    {
        var table = Table(SessionAffinityPolicy.Cookie);

        Assert.Equal(new Session(SessionKind.Known, B), Session.Of(table, new Ask { Headers = { ["Cookie"] = $"lb-web=stale; lb-web={table.IdOf(B)}" } }));
    }

    [Theory]
    [InlineData(SessionAffinityPolicy.Cookie, "lb-web=made-up")]
    [InlineData(SessionAffinityPolicy.Cookie, "lb-web=")]
    [InlineData(SessionAffinityPolicy.CustomHeader, "made-up")]
    public void One_that_leads_nowhere_is_lost(SessionAffinityPolicy policy, string value) => Assert.Equal(SessionKind.Lost, Read(policy, value));

    [Fact]
    public void A_header_has_the_id_alone()
    {
        var table = Table(SessionAffinityPolicy.CustomHeader);

        Assert.Equal(new Session(SessionKind.Known, B), Session.Of(table, new Ask { Headers = { ["X-Session-Affinity"] = table.IdOf(B) } }));
        Assert.Equal(SessionKind.New, Session.Of(table, new Ask()).Kind);
    }

    [Fact]
    public void To_read_one_allocates_nothing()
    {
        var table = Table(SessionAffinityPolicy.Cookie);
        var ask = new Ask { Headers = { ["Cookie"] = $"a=1; lb-web={table.IdOf(B)}" } };

        Assert.Equal(0, Allocated.By(1_000, () => Assert.True(Session.Of(table, ask).Kind == SessionKind.Known)));
    }

    [Fact]
    public void The_cookie_has_the_attributes_that_are_asked_for()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var plain = Table(SessionAffinityPolicy.Cookie);
        var rich = new SessionTable(
            "web",
            new()
            {
                AffinityKeyName = "s",
                Cookie = new()
                {
                    Path = "/shop",
                    Domain = "shop.example",
                    HttpOnly = false,
                    SameSite = CookieSite.None,
                    SecurePolicy = CookieSecurity.Always,
                    Expiration = TimeSpan.FromDays(1),
                    MaxAge = TimeSpan.FromMinutes(90),
                },
            },
            _members,
            [1]);

        Assert.Equal($"lb-web={plain.IdOf(B)}; path=/; samesite=lax; httponly", SessionCookie.Of(plain, B, isSecure: false, now));
        Assert.Equal($"lb-web={plain.IdOf(B)}; path=/; samesite=lax; secure; httponly", SessionCookie.Of(plain, B, isSecure: true, now));
        Assert.Equal(
            $"s={rich.IdOf(B)}; path=/shop; domain=shop.example; expires=Sat, 03 Jan 2026 03:04:05 GMT; max-age=5400; samesite=none; secure",
            SessionCookie.Of(rich, B, isSecure: false, now));
    }

    private SessionKind Read(SessionAffinityPolicy policy, string? value = null)
    {
        var ask = new Ask();
        if (value is not null)
        {
            ask.Headers[policy == SessionAffinityPolicy.Cookie ? "Cookie" : "X-Session-Affinity"] = value;
        }

        return Session.Of(Table(policy), ask).Kind;
    }

    private SessionTable Table(SessionAffinityPolicy policy) => new("web", new() { Policy = policy }, _members, [1]);
}
