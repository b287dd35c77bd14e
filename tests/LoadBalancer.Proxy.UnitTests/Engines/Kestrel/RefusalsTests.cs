using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class RefusalsTests
{
    public static readonly TheoryData<Outcome, int?> Table = new()
    {
        { Outcome.Success, null },
        { Outcome.ServerError, null },
        { Outcome.ClientLeft, null },
        { Outcome.ConnectFailed, 503 },
        { Outcome.ConnectTimeout, 503 },
        { Outcome.Timeout, 504 },
        { Outcome.Reset, 502 },
        { Outcome.InvalidAnswer, 502 },
        { Outcome.AnswerBroken, 502 },
        { Outcome.BadRequest, 400 },
        { Outcome.Cancelled, null },
    };

    public static readonly TheoryData<Outcome> All = [.. Enum.GetValues<Outcome>()];

    [Theory]
    [MemberData(nameof(Table))]
    public void An_outcome_is_told_the_client_by_its_status(Outcome outcome, int? status)
    {
        using var exchange = new Asking().Exchange();

        Assert.Equal(status, Refusals.For(outcome, exchange)?.Status);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_outcome_is_in_the_table(Outcome outcome) => Assert.Contains(Table, row => row.Data.Item1 == outcome);

    // The web server knows why a request could not be read: too large, too slow, malformed.
    [Theory]
    [InlineData(400, 400, "Bad request")]
    [InlineData(413, 413, "Bad request")]
    [InlineData(408, 408, "Request timeout")]
    [InlineData(200, 400, "Bad request")]
    [InlineData(502, 400, "Bad request")]
    public void A_request_that_could_not_be_read_keeps_the_status_of_the_web_server(int found, int status, string title)
    {
        var asking = new Asking();
        asking.Response.StatusCode = found;
        using var exchange = asking.Exchange();

        var refusal = Refusals.For(Outcome.BadRequest, exchange)!;

        Assert.Equal((status, title), (refusal.Status, refusal.Title));
    }
}
