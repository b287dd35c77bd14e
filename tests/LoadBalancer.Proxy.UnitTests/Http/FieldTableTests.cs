using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class FieldTableTests
{
    [Fact]
    public void Fields_between_two_neighbours_are_passed_on_nowhere() => Assert.All(
        ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding", "Upgrade", "HTTP2-Settings"],
        name => Assert.DoesNotContain(FieldFate.Pass, new[] { Rule(name).Request, Rule(name).Answer, Rule(name).Trailer }));

    [Fact]
    public void What_this_proxy_says_itself_the_client_cannot_say_in_any_words() => Assert.All(
        [
            "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Protocol",
            "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Request-Id", "Via", "Max-Forwards", "traceparent", "tracestate",
        ],
        name => Assert.NotEqual(FieldFate.Pass, Rule(name).Request));

    [Fact]
    public void An_answer_loses_nothing_but_what_is_for_this_proxy() => Assert.Equal(
        ["Alt-Svc", "Connection", "HTTP2-Settings", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding", "Upgrade"],
        FieldTable.All.ToArray().Where(rule => rule.Answer == FieldFate.Drop).Select(rule => rule.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Nothing_that_the_head_is_needed_for_comes_as_a_trailer() => Assert.All(
        [
            "Content-Length", "Transfer-Encoding", "Host", "Trailer", "Content-Type", "Content-Encoding", "Content-Range", "Set-Cookie", "Authorization",
            "Connection", "Alt-Svc",
        ],
        name => Assert.Equal(FieldFate.Drop, Rule(name).Trailer));

    [Fact]
    public void All_other_fields_pass_everywhere() => Assert.All(
        ["", "X", "Te2", "Cookie", "X-Forwarded", "X-Forwarded-User", "Proxy-Authorization", "Grpc-Status", "Server-Timing", "X-Forwarded-Fo\u00f2", new string('x', 1_000)],
        name => Assert.Equal((FieldFate.Pass, FieldFate.Pass, FieldFate.Pass, true), (Rule(name).Request, Rule(name).Answer, Rule(name).Trailer, Rule(name).CanBeNamed)));

    [Fact]
    public void The_parts_of_a_first_line_are_no_fields() => Assert.Equal(FieldFate.Drop, Rule(":authority").Request);

    [Fact]
    public void A_name_is_found_in_any_case_and_as_bytes() => Assert.All(FieldTable.All.ToArray(), rule => Assert.All(
        [rule.Name, rule.Name.ToUpperInvariant(), rule.Name.ToLowerInvariant()],
        name => Assert.Same(rule, Rule(name))));

    [Theory]
    [InlineData("close, X-Private", "X-Private", true)]
    [InlineData("close,x-private", "X-Private", true)]
    [InlineData("X-Private\t, close", "X-Private", true)]
    [InlineData("keep-alive, Upgrade, , X-Private", "X-Private", true)]
    [InlineData("close", "X-Private", false)]
    [InlineData("X-Private-Not", "X-Private", false)]
    [InlineData("", "X-Private", false)]
    [InlineData(",,", "X-Private", false)]
    [InlineData("close, close", "Close", false)]
    [InlineData("X-Private, Host", "Host", false)]
    [InlineData("x-private, content-length", "Content-Length", false)]
    [InlineData("X-Private, Cache-Control", "Cache-Control", false)]
    [InlineData("X-Private, Authorization", "Authorization", false)]
    public void A_field_that_Connection_names_stays_behind_in_both_directions(string connection, string name, bool staysBehind)
    {
        var named = new NamedByConnection(connection);
        var fate = staysBehind ? FieldFate.Drop : FieldFate.Pass;

        Assert.Equal((fate, fate), (named.InRequest(name), named.InAnswer(name)));
    }

    [Fact]
    public void What_the_proxy_writes_itself_Connection_cannot_remove()
    {
        var named = new NamedByConnection("X-Forwarded-For, Via, X-Private");

        Assert.Equal((FieldFate.Rewrite, FieldFate.Rewrite, FieldFate.Rewrite), (named.InRequest("X-Forwarded-For"), named.InRequest("Via"), named.InAnswer("Via")));
    }

    // The same over characters and bytes.
    private static FieldRule Rule(string name)
    {
        Assert.Same(FieldTable.Of(name), FieldTable.Of(Encoding.Latin1.GetBytes(name)));
        return FieldTable.Of(name);
    }
}
