using System.Net;
using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>Writes heads as a loop does, and reads their lines.</summary>
internal static class Writing
{
    public const string Date = "Tue, 15 Nov 1994 08:12:31 GMT";

    public static readonly ClientText Client = new(IPAddress.Parse("192.0.2.7"));

    public static DestinationText To(string address = "http://10.0.0.1:81", string? host = null) =>
        DestinationText.Of(new Member(new Destination(new Uri(address), default), new DestinationDefinition("a", new Uri(address), Host: host)));

    public static string[] Request(string text, DestinationText? to = null, TrustedProxies? trusted = null, string traceParent = "", string traceState = "", ClientText? client = null)
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head(text));
        head.Identify(new Random(1));
        HeadWriter.Write(output, head, new RequestContext
        {
            Destination = to ?? To(),
            Client = client ?? Client,
            Trusted = trusted ?? TrustedProxies.None,
            TraceParent = traceParent,
            TraceState = traceState,
        });
        return LinesOf(output);
    }

    public static ResponseHead AnswerHead(string text, bool isHead = false, bool isTunnel = false)
    {
        var head = new ResponseHead();
        Assert.Equal(ParseStatus.Complete, ResponseParser.Parse(RequestReading.Bytes(text), head, isHead, isTunnel));
        return head;
    }

    public static (string[] Lines, AnswerPlan Plan) Answer(string text, string request = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n", bool closes = false, string setCookie = "", string sessionHeader = "", string sessionId = "")
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head(request));
        head.Identify(new Random(1));
        var context = new AnswerContext { Date = Encoding.ASCII.GetBytes(Date), Closes = closes, SetCookie = setCookie, SessionHeader = sessionHeader, SessionId = sessionId };
        var plan = AnswerWriter.Write(output, AnswerHead(text, head.Method == "HEAD", head.IsTunnel), head, context);
        return (LinesOf(output), plan);
    }

    public static string[] Named(this IEnumerable<string> lines, string name) =>
        [.. lines.Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim(' '))];

    private static string[] LinesOf(OutputBuffer output)
    {
        var text = Encoding.Latin1.GetString(output.Written);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
        return text[..^4].Split("\r\n");
    }
}
