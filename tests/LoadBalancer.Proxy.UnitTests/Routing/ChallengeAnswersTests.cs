using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.UnitTests.Routing;

public sealed class ChallengeAnswersTests
{
    private static readonly LoadBalancerOptions Asking = new()
    {
        Acme = new AcmeOptions(),
        Routes = new Dictionary<string, RouteOptions> { ["all"] = new() { Order = -1, Redirect = new RedirectOptions { Scheme = "https" } } },
    };

    [Theory]
    [InlineData("/.well-known/acme-challenge/token", "acme-challenge")]
    [InlineData("/.well-known/acme-challenge/other", "all")]
    [InlineData("/.well-known/acme-challenge/", "all")]
    [InlineData("/.well-known/acme-challenge/token/x", "all")]
    [InlineData("/token", "all")]
    public void What_is_asked_for_goes_before_every_route_and_nothing_else_does(string path, string route)
    {
        var table = Table(Asking);
        table.Challenges!.Add("token", "answer");

        Assert.Equal(route, table.Match(new Ask { Path = path }.Facts)!.Name);
    }

    [Fact]
    public void It_is_answered_with_the_text_as_it_is()
    {
        var table = Table(Asking);
        table.Challenges!.Add("token", "token.thumbprint");
        var answer = table.Match(new Ask { Path = "/.well-known/acme-challenge/token" }.Facts)!.Respond!;

        Assert.Equal((200, "token.thumbprint", "application/octet-stream"), (answer.Status, Encoding.ASCII.GetString(answer.Body.Span), answer.Fields.Single().Value));
    }

    [Fact]
    public void What_is_asked_for_no_more_is_for_the_routes_again()
    {
        var table = Table(Asking);
        table.Challenges!.Add("token", "answer");
        table.Challenges.Add("other", "answer");
        table.Challenges.Remove("token");

        Assert.Equal(("all", "acme-challenge"), (NameOf("token"), NameOf("other")));

        string NameOf(string token) => table.Match(new Ask { Path = $"/.well-known/acme-challenge/{token}" }.Facts)!.Name;
    }

    [Fact]
    public void A_reload_keeps_them()
    {
        var before = Table(Asking);
        before.Challenges!.Add("token", "answer");

        Assert.Equal("acme-challenge", Table(Asking, before).Match(new Ask { Path = "/.well-known/acme-challenge/token" }.Facts)!.Name);
    }

    [Fact]
    public void Without_an_authority_and_with_the_challenge_in_TLS_there_are_none()
    {
        Assert.Null(Table(new LoadBalancerOptions()).Challenges);
        Assert.Null(Table(new LoadBalancerOptions { Acme = new AcmeOptions { Challenge = AcmeChallengeType.TlsAlpn01 } }).Challenges);
    }

    private static RouteTable Table(LoadBalancerOptions options, RouteTable? previous = null) => RouteTable.Create(options, _ => null, previous);
}
