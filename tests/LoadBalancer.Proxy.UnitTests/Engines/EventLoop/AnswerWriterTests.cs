using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class AnswerWriterTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Two = "Content-Length: 2\r\n";
    private const string Old = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";
    private const string OldOpen = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    private const string Head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static readonly byte[] Date = Encoding.ASCII.GetBytes(Writing.Date);

    [Fact]
    public void A_plain_answer_goes_on_with_what_the_proxy_says_of_it() => Assert.Equal(
        ["HTTP/1.1 200 OK", "Server: x", "X-A:  b", "Content-Length: 2", $"Date: {Writing.Date}", "X-Request-Id: mine", "Via: 1.1 LoadBalancer"],
        Writing.Answer(Ok + "Server: x\r\n" + Two + "X-A:  b\r\n\r\nok").Lines);

    [Theory]
    [InlineData("Date: yesterday", "Date", "yesterday")]
    [InlineData("X-Request-Id: of the destination", "X-Request-Id", "of the destination")]
    [InlineData("Via: 1.0 inner", "Via", "1.0 inner|1.1 LoadBalancer")]
    [InlineData("Trailer: X-Sum", "Trailer", "X-Sum")]
    [InlineData("Set-Cookie: a=1\r\nSet-Cookie: b=2", "Set-Cookie", "a=1|b=2")]
    [InlineData("X-Caf\u0065: \u00e9\u0080", "X-Cafe", "\u00e9\u0080")]
    [InlineData("Alt-Svc: clear", "Alt-Svc", "")]
    [InlineData("Keep-Alive: timeout=5", "Keep-Alive", "")]
    [InlineData("Upgrade: h2c", "Upgrade", "")]
    [InlineData("Connection: close, X-A\r\nX-A: b", "X-A", "")]
    [InlineData("Connection: close", "Connection", "")]
    [InlineData("X-A : b", "X-A", "b")]
    [InlineData("X-A: b\r\n c", "X-A", "b   c")]
    [InlineData("X-A: b\rX-Injected: c", "X-A", "b X-Injected: c")]
    public void A_field_goes_on_by_its_rule(string lines, string name, string expected) =>
        Assert.Equal(expected, string.Join('|', Writing.Answer(Ok + Two + lines + "\r\n\r\nok").Lines.Named(name)));

    [Fact]
    public void Lines_that_end_in_bare_LF_are_written_right() =>
        Assert.Equal(["HTTP/1.1 200 OK", "X-A: b", "Content-Length: 2"], Writing.Answer("HTTP/1.1 200 OK\nContent-Length: 2\nX-A: b\n\nok").Lines[..3]);

    [Theory]
    [InlineData("200 Fine Indeed", "200 Fine Indeed")]
    [InlineData("200", "200 OK")]
    [InlineData("200 ", "200 OK")]
    [InlineData("200 O\u0001K", "200 OK")]
    [InlineData("200 \u00e9t\u00e9", "200 OK")]
    [InlineData("299 Own Code", "299 Own Code")]
    [InlineData("299", "299 ")]
    public void A_reason_goes_on_where_it_is_plain_text(string sent, string got) => Assert.Equal($"HTTP/1.1 {got}", Writing.Answer($"HTTP/1.1 {sent}\r\n{Two}\r\nok").Lines[0]);

    [Theory]
    [InlineData(null, Ok + Two, "2", "", "", BodyRelay.AsIs, false)]
    [InlineData(null, Ok + "Content-Length: 0\r\n", "0", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, Ok + "Content-Length: 002\r\n", "2", "", "", BodyRelay.AsIs, false)]
    [InlineData(null, Ok + "Transfer-Encoding: chunked\r\n", "", "chunked", "", BodyRelay.Chunks, false)]
    [InlineData(null, Ok + Two + "Transfer-Encoding: chunked\r\n", "", "chunked", "", BodyRelay.Chunks, false)]
    [InlineData(null, Ok, "", "chunked", "", BodyRelay.ToChunks, false)]
    [InlineData(null, "HTTP/1.0 200 OK\r\n", "", "chunked", "", BodyRelay.ToChunks, false)]
    [InlineData(null, "HTTP/1.1 204 No Content\r\n" + Two, "", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n", "", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, "HTTP/1.1 304 Not Modified\r\n" + Two, "2", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n", "", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, "HTTP/1.1 205 Reset Content\r\n" + Two, "0", "", "", BodyRelay.Nothing, false)]
    [InlineData(null, "HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n", "0", "", "", BodyRelay.Nothing, false)]
    [InlineData(Head, Ok + Two, "2", "", "", BodyRelay.Nothing, false)]
    [InlineData(Head, Ok + "Transfer-Encoding: chunked\r\n", "", "", "", BodyRelay.Nothing, false)]
    [InlineData(Head, Ok, "", "", "", BodyRelay.Nothing, false)]
    [InlineData(Old, Ok + Two, "2", "", "close", BodyRelay.AsIs, true)]
    [InlineData(OldOpen, Ok + Two, "2", "", "keep-alive", BodyRelay.AsIs, false)]
    [InlineData(OldOpen, "HTTP/1.1 204 No Content\r\n", "", "", "keep-alive", BodyRelay.Nothing, false)]
    [InlineData(OldOpen, Ok + "Transfer-Encoding: chunked\r\n", "", "", "close", BodyRelay.FromChunks, true)]
    [InlineData(OldOpen, Ok, "", "", "close", BodyRelay.AsIs, true)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Ok + Two, "2", "", "close", BodyRelay.AsIs, true)]
    public void A_body_ends_in_a_way_that_the_client_knows(string? request, string answer, string length, string coding, string connection, object relay, bool closes)
    {
        var (lines, plan) = request is null ? Writing.Answer(answer + "\r\n") : Writing.Answer(answer + "\r\n", request);

        Assert.Equal(
            (length, coding, connection, (BodyRelay)relay, closes),
            (string.Join('|', lines.Named("Content-Length")), string.Join('|', lines.Named("Transfer-Encoding")), string.Join('|', lines.Named("Connection")), plan.Relay, plan.Closes));
    }

    [Fact]
    public void A_proxy_that_stops_says_that_the_connection_closes() =>
        Assert.Equal(["close"], Writing.Answer(Ok + Two + "\r\nok", closes: true).Lines.Named("Connection"));

    [Fact]
    public void A_tunnel_opens_with_what_it_switches_to()
    {
        var (lines, plan) = Writing.Answer(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", closes: true);

        Assert.Equal(["Upgrade", "websocket", "b"], [.. lines.Named("Connection"), .. lines.Named("Upgrade"), .. lines.Named("Sec-WebSocket-Accept")]);
        Assert.False(plan.Closes);
    }

    [Fact]
    public void A_session_is_told_by_a_cookie_beside_those_of_the_destination() =>
        Assert.Equal(["a=1", "lb=x"], Writing.Answer(Ok + Two + "Set-Cookie: a=1\r\n\r\nok", setCookie: "lb=x").Lines.Named("Set-Cookie"));

    [Fact]
    public void A_session_is_told_by_a_header_in_place_of_that_of_the_destination() =>
        Assert.Equal(["x"], Writing.Answer(Ok + Two + "x-session: a\r\n\r\nok", sessionHeader: "X-Session", sessionId: "x").Lines.Named("X-Session"));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nVia: 1.1 LoadBalancer\r\n\r\n")]
    [InlineData(Old, "")]
    public void An_informational_answer_goes_on_to_clients_that_know_it(string request, string expected)
    {
        var output = new OutputBuffer();

        AnswerWriter.WriteInformational(output, Writing.AnswerHead("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: X-A\r\nX-A: b\r\nContent-Length: 3\r\n\r\n"), RequestReading.Head(request));

        Assert.Equal(expected, Encoding.Latin1.GetString(output.Written));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: <4711>\r\n\r\n", "we\"b", false, false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: 4711\r\n\r\n", null, true, true)]
    [InlineData("GET / HTTP/1.0\r\nHost: a\r\nX-Request-Id: 4711\r\n\r\n", "web", false, true)]
    public void A_refusal_is_the_same_as_that_of_the_other_engine(string request, string? cluster, bool closes, bool isClosed)
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head(request));
        head.Identify(new Random(1));

        var willClose = AnswerWriter.WriteRefusal(output, Refusal.NoDestination, cluster, head, Date, closes);

        var body = RefusalBody.Of(Refusal.NoDestination, cluster, Encoding.ASCII.GetString(head.Id));
        Assert.Equal(isClosed, willClose);
        Assert.Equal(
            $"HTTP/1.1 503 Service Unavailable\r\n{(isClosed ? "Connection: close\r\n" : "")}Date: {Writing.Date}\r\nX-Request-Id: {Encoding.ASCII.GetString(head.Id)}\r\nRetry-After: 1\r\n"
            + $"Content-Type: application/problem+json\r\nContent-Length: {body.Length}\r\n\r\n{Encoding.UTF8.GetString(body)}",
            Encoding.UTF8.GetString(output.Written));
        Assert.Equal(cluster, JsonDocument.Parse(body).RootElement.TryGetProperty("cluster", out var name) ? name.GetString() : null);
    }

    [Fact]
    public void A_refusal_of_HEAD_has_a_length_and_no_body() => Assert.EndsWith("\r\n\r\n", Refuse(Refusal.NoRoute, RequestReading.Head(Head)), StringComparison.Ordinal);

    [Fact]
    public void A_malformed_request_gets_a_refusal_with_an_id_and_the_connection_closes()
    {
        var head = new RequestHead();
        RequestParser.Parse("nonsense\r\n\r\n"u8, head, new());
        head.Identify(new Random(1));

        var text = Refuse(head.Fault!, head);

        Assert.Contains("\r\nConnection: close\r\n", text, StringComparison.Ordinal);
        Assert.Matches("\r\nX-Request-Id: [0-9a-f]{32}\r\n(.|\\s)*\"requestId\":\"[0-9a-f]{32}\"}$", text);
    }

    // As when it does not come in time. Nothing of the head that the object had before may show.
    [Theory]
    [InlineData("")]
    [InlineData("HEAD")]
    [InlineData("HEAD / HTTP/1.1\r\n")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: a\r\nX-Request-Id: new\r\nX-")]
    public void A_head_that_did_not_come_whole_gets_a_refusal_too(string begun)
    {
        var head = RequestReading.Head("GET /secret HTTP/1.1\r\nHost: secret\r\nX-Request-Id: secret\r\nX-A: b\r\n\r\n");
        head.Reset();
        Assert.Equal(ParseStatus.Incomplete, RequestParser.Parse(RequestReading.Bytes(begun), head, new()));
        head.Identify(new Random(1));

        var text = Refuse(Refusal.ClientTooSlow, head);

        Assert.StartsWith("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal(("", "", ""), (head.Method, head.Target.ToString(), Encoding.ASCII.GetString(head.Host)));
    }

    [Fact]
    public void A_refused_method_is_told_which_are_allowed() => Assert.Contains($"\r\nAllow: {Refusal.PassedMethods}\r\n", Refuse(Refusal.MethodNotAllowed, RequestReading.Head(Head)), StringComparison.Ordinal);

    [Fact]
    public void OPTIONS_is_answered_with_what_is_passed_on()
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head("OPTIONS * HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"));
        head.Identify(new Random(1));

        Assert.False(AnswerWriter.WriteOptions(output, head, Date, closes: false));
        Assert.Equal($"HTTP/1.1 204 No Content\r\nDate: {Writing.Date}\r\nX-Request-Id: mine\r\nAllow: {Refusal.PassedMethods}\r\n\r\n", Encoding.ASCII.GetString(output.Written));
    }

    [Fact]
    public void A_redirect_says_where_to()
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"));
        head.Identify(new Random(1));

        Assert.False(AnswerWriter.WriteRedirect(output, 308, "https://a/", head, Date, closes: false));
        Assert.Equal($"HTTP/1.1 308 Permanent Redirect\r\nDate: {Writing.Date}\r\nX-Request-Id: mine\r\nLocation: https://a/\r\nContent-Length: 0\r\n\r\n", Encoding.ASCII.GetString(output.Written));
    }

    [Fact]
    public void The_date_is_that_of_the_second()
    {
        var date = new DateText();
        var time = new DateTimeOffset(1994, 11, 15, 10, 12, 31, 500, TimeSpan.FromHours(2));

        Assert.Equal((Writing.Date, "Tue, 15 Nov 1994 08:12:32 GMT"), (Encoding.ASCII.GetString(date.At(time)), Encoding.ASCII.GetString(date.At(time.AddSeconds(0.5)))));
    }

    [Fact]
    public void Writing_again_and_again_allocates_nothing()
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"));
        var answer = Writing.AnswerHead(Ok + Two + "Server: a\r\nConnection: X-A\r\nX-A: b\r\nX-C: d\r\n e\r\n\r\n");
        head.Identify(new Random(1));

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            output.Clear();
            AnswerWriter.Write(output, answer, head, new AnswerContext { Date = Date, SetCookie = "lb=x" });
        }));
    }

    private static string Refuse(Refusal refusal, RequestHead head)
    {
        var output = new OutputBuffer();
        AnswerWriter.WriteRefusal(output, refusal, null, head, Date, closes: false);
        return Encoding.UTF8.GetString(output.Written);
    }
}
