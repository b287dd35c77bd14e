using LoadBalancer.Proxy.Acme;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class OrderStepTests
{
    private static readonly Uri Somewhere = new("https://ca.example/1");

    [Fact]
    public void What_is_next_follows_from_the_states_of_order_and_authorizations()
    {
        (string Order, string[] Authorizations, bool IsAnswered, string Step)[] rows =
        [
            ("pending", ["pending"], false, "Answer a.example"),
            ("pending", ["pending"], true, "Wait"),
            ("pending", ["valid"], false, "Wait"),
            ("pending", ["valid", "pending"], false, "Answer b.example"),
            ("pending", ["deactivated"], false, "Fail a.example: the authorization has the status 'deactivated'"),
            ("pending", ["invalid!"], true, "Fail a.example: unauthorized: no answer"),
            ("pending", [], false, "Wait"),
            ("ready", [], false, "Finalize"),
            ("processing", [], false, "Wait"),
            ("valid", [], false, "Download"),
            ("invalid", ["valid", "invalid!"], false, "Fail b.example: unauthorized: no answer"),
            ("invalid", ["valid"], false, "Fail caa: forbidden"),
            ("strange", [], false, "Fail the order has the status 'strange'"),
        ];

        Assert.All(rows, row => Assert.Equal(row.Step, Text(OrderStep.After(Order(row.Order), [.. row.Authorizations.Select(Authorization)], "http-01", row.IsAnswered ? new HashSet<Uri> { Somewhere } : []))));
    }

    [Theory]
    [InlineData("dns-01", "token", "a.example: the authority offers no challenge of the type http-01")]
    [InlineData("http-01", "../../x", "a.example: the token of the challenge has characters that it must not have")]
    [InlineData("http-01", "", "a.example: the token of the challenge has characters that it must not have")]
    public void A_challenge_that_cannot_be_answered_ends_the_order(string type, string token, string error)
    {
        var authorization = new AcmeAuthorization("pending", new AcmeIdentifier("dns", "a.example"), [new AcmeChallenge(type, Somewhere, token, "pending", null)]);

        Assert.Equal($"Fail {error}", Text(OrderStep.After(Order("pending"), [authorization], "http-01", new HashSet<Uri>())));
    }

    [Theory]
    [InlineData("ready", "the order says no URL to finalize it")]
    [InlineData("valid", "the order says no URL of the certificate")]
    public void An_order_without_what_belongs_to_it_is_none(string status, string error) =>
        Assert.Equal($"Fail {error}", Text(OrderStep.After(new AcmeOrder(status, null, null, null, null), [], "http-01", new HashSet<Uri>())));

    private static AcmeOrder Order(string status) => new(status, [], Somewhere, Somewhere, new AcmeProblem("urn:ietf:params:acme:error:caa", "forbidden"));

    // With an exclamation mark, its challenge has an error.
    private static AcmeAuthorization Authorization(string status, int index)
    {
        var error = status.EndsWith('!') ? new AcmeProblem("urn:ietf:params:acme:error:unauthorized", "no answer") : null;
        return new AcmeAuthorization(status.TrimEnd('!'), new AcmeIdentifier("dns", $"{(char)('a' + index)}.example"), [new AcmeChallenge("http-01", Somewhere, "token", "pending", error)]);
    }

    private static string Text(OrderStep step) => $"{step.Act} {step.Name}{step.Error}".TrimEnd();
}
