using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class RequestScreenTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public void An_ordinary_request_goes_on(string method)
    {
        var asking = new Asking(method);
        using var exchange = asking.Exchange();

        Assert.False(RequestScreen.Answer(asking.Context, exchange));
        Assert.Null(exchange.Refusal);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    [InlineData("trace")]
    public void A_method_that_is_not_passed_on_is_refused(string method)
    {
        var asking = new Asking(method);
        using var exchange = asking.Exchange();

        Assert.True(RequestScreen.Answer(asking.Context, exchange));
        Assert.Same(Refusal.MethodNotAllowed, exchange.Refusal);
    }

    [Theory]
    [InlineData(FieldValues.MostPasses - 1, false)]
    [InlineData(FieldValues.MostPasses, true)]
    public void A_request_that_goes_in_a_circle_is_refused(int passes, bool refused)
    {
        var asking = new Asking();
        asking.Headers.Via = Enumerable.Repeat(FieldValues.ViaEntry("HTTP/1.1"), passes).ToArray();
        using var exchange = asking.Exchange();

        Assert.Equal(refused, RequestScreen.Answer(asking.Context, exchange));
        Assert.Same(refused ? Refusal.Loop : null, exchange.Refusal);
    }

    [Theory]
    [InlineData("/path", "0")]
    [InlineData("*", null)]
    [InlineData("*", "5")]
    public void OPTIONS_that_may_go_no_further_or_asks_about_the_server_is_answered_here(string target, string? maxForwards)
    {
        var asking = new Asking("OPTIONS", target);
        asking.Headers["Max-Forwards"] = maxForwards;
        using var exchange = asking.Exchange("id-7");

        Assert.True(RequestScreen.Answer(asking.Context, exchange));
        Assert.Equal(
            (204, Refusal.PassedMethods, "id-7", null),
            (asking.Response.StatusCode, asking.Response.Headers.Allow.ToString(), asking.Response.Headers["X-Request-Id"].ToString(), exchange.Refusal));
    }

    [Theory]
    [InlineData("OPTIONS", "1")]
    [InlineData("OPTIONS", "nonsense")]
    [InlineData("GET", "0")]
    public void Other_uses_of_Max_Forwards_go_on(string method, string value)
    {
        var asking = new Asking(method);
        asking.Headers["Max-Forwards"] = value;
        using var exchange = asking.Exchange();

        Assert.False(RequestScreen.Answer(asking.Context, exchange));
    }
}
