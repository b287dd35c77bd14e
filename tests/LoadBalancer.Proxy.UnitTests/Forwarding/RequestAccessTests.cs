using System.Net;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class RequestAccessTests
{
    private readonly KnownPasswords _cache = new();

    [Theory]
    [InlineData("10.0.0.0/8", "", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "", "11.1.2.3", false)]
    [InlineData("10.0.0.0/8", "", null, false)]
    [InlineData("", "10.0.0.0/8", "10.1.2.3", false)]
    [InlineData("", "10.0.0.0/8", "11.1.2.3", true)]
    [InlineData("", "10.0.0.0/8", null, true)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", false)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.2.2.3", true)]
    [InlineData("2001:db8::/32", "", "2001:db8::7", true)]
    public void The_address_of_the_client_decides(string allow, string deny, string? client, bool isAdmitted)
    {
        var access = new RouteAccess(new AccessOptions { Allow = Networks(allow), Deny = Networks(deny) });

        var refusal = RequestAccess.Check(access, client is null ? null : IPAddress.Parse(client), new Fields(), _cache, out _, out var pending);

        Assert.Equal((isAdmitted ? null : Refusal.Forbidden, null), (refusal, pending));
    }

    [Fact]
    public void A_password_is_found_out_once_and_then_known()
    {
        var access = Basic();
        var fields = new Fields("alice:secret");

        Assert.Null(RequestAccess.Check(access, null, fields, _cache, out var user, out var pending));
        Assert.Null(user);
        pending!.Run();
        Assert.Equal((null, "alice"), (pending.Refusal, pending.User));

        Assert.Null(RequestAccess.Check(access, null, fields, _cache, out user, out pending));
        Assert.Equal(("alice", null), (user, pending));
    }

    [Fact]
    public void A_wrong_password_is_found_out_once_and_then_known()
    {
        var access = Basic();
        var fields = new Fields("alice:wrong");

        RequestAccess.Check(access, null, fields, _cache, out _, out var pending);
        pending!.Run();

        Assert.Equal((401, "Basic realm=\"the shop\", charset=\"UTF-8\""), (pending.Refusal!.Status, pending.Refusal.Challenge));
        Assert.Same(access.Unknown, RequestAccess.Check(access, null, fields, _cache, out _, out pending));
        Assert.Null(pending);
    }

    [Fact]
    public void A_name_that_nobody_has_costs_as_much_as_a_wrong_password_whatever_its_password()
    {
        var access = Basic();

        RequestAccess.Check(access, null, new Fields("bob:secret"), _cache, out _, out var pending);
        pending!.Run();

        Assert.Same(access.Unknown, pending.Refusal);
        RequestAccess.Check(access, null, new Fields("bob:secret"), _cache, out _, out pending);
        Assert.NotNull(pending);
        RequestAccess.Check(access, null, new Fields("alice:secret"), _cache, out _, out pending);
        Assert.NotNull(pending);
    }

    [Fact]
    public void The_password_of_one_does_not_open_for_another()
    {
        var access = Basic();
        RequestAccess.Check(access, null, new Fields("alice:secret"), _cache, out _, out var pending);
        pending!.Run();

        RequestAccess.Check(access, null, new Fields("carol:secret"), _cache, out var user, out pending);
        pending!.Run();

        Assert.Equal((null, 401), (user, pending.Refusal!.Status));
    }

    [Fact]
    public void Without_credentials_or_with_two_nothing_is_found_out()
    {
        foreach (var fields in new[] { new Fields(), new Fields("alice:secret", "alice:secret"), new Fields("alice") })
        {
            Assert.Equal(401, RequestAccess.Check(Basic(), null, fields, _cache, out _, out var pending)!.Status);
            Assert.Null(pending);
        }
    }

    [Fact]
    public void Who_guesses_a_lot_waits_and_does_not_push_out_what_is_known()
    {
        var access = Basic();
        RequestAccess.Check(access, null, new Fields("alice:secret"), _cache, out _, out var right);
        right!.Run();

        var guesses = Enumerable.Range(0, 64).Select(guess =>
        {
            RequestAccess.Check(access, null, new Fields($"alice:{guess}"), _cache, out _, out var pending);
            return pending!;
        }).ToList();

        Assert.Same(Refusal.Busy, RequestAccess.Check(access, null, new Fields("alice:one more"), _cache, out _, out _));
        Assert.Null(RequestAccess.Check(access, null, new Fields("alice:secret"), _cache, out var user, out _));
        Assert.Equal("alice", user);
        guesses[0].Run();
        RequestAccess.Check(access, null, new Fields("alice:one more"), _cache, out _, out var next);
        Assert.NotNull(next);
    }

    [Fact]
    public void What_is_known_is_forgotten_when_the_password_changes()
    {
        RequestAccess.Check(Basic(), null, new Fields("alice:secret"), _cache, out _, out var pending);
        pending!.Run();

        RequestAccess.Check(Basic(), null, new Fields("alice:secret"), _cache, out _, out pending);

        Assert.NotNull(pending);
    }

    private static RouteAccess Basic() => new(new AccessOptions
    {
        BasicAuth = new BasicAuthOptions
        {
            Realm = "the shop",
            Users = new Dictionary<string, string>
            {
                ["alice"] = PasswordHash.Create("secret", PasswordHash.LeastIterations),
                ["carol"] = PasswordHash.Create("other", PasswordHash.LeastIterations),
            },
        },
    });

    private static IPNetwork[] Networks(string text) => text.Length == 0 ? [] : [TrustedProxies.TryParse(text)!.Value];

    private sealed class Fields(params string[] credentials) : IFields
    {
        private readonly string[] _lines = [.. credentials.Select(one => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(one))}")];

        public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
        {
            var isThere = name == "Authorization" && line < _lines.Length;
            value = isThere ? _lines[line] : default(ReadOnlySpan<char>);
            return isThere;
        }
    }
}
