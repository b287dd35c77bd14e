using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>Feeds bytes to the parser of requests, as a loop does, and says in a line what it read.</summary>
internal static class RequestReading
{
    private static readonly LimitOptions Limits = new();

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>What is read when the bytes arrive up to each of these ends, one after the other.</summary>
    public static string Read(ReadOnlySpan<byte> bytes, IEnumerable<int> ends, RequestHead? head = null)
    {
        head ??= new RequestHead();
        head.Reset();
        foreach (var end in ends)
        {
            // An array of its own, so that a read beyond its end is seen, and one of what was there before as well.
            var arrived = bytes[..end].ToArray();
            var status = RequestParser.Parse(arrived, head, Limits);
            Array.Fill(arrived, (byte)'!');
            if (status != ParseStatus.Incomplete)
            {
                return Describe(status, head);
            }
        }

        return "incomplete";
    }

    public static string Read(string text) => Read(Bytes(text), [text.Length]);

    public static string ReadByteByByte(ReadOnlySpan<byte> bytes) => Read(bytes, Enumerable.Range(1, bytes.Length));

    public static RequestHead Head(string text)
    {
        var head = new RequestHead();
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(Bytes(text), head, Limits));
        return head;
    }

    private static string Describe(ParseStatus status, RequestHead head) => status switch
    {
        ParseStatus.Complete => $"{head.Length}: {head.Method} {(head.AddsSlash && head.Method is not ("OPTIONS" or "CONNECT") ? "/" : "")}{Encoding.Latin1.GetString(head.PathAndQuery)} {head.Authority} {head.Body}"
            + (head.Body == RequestBody.Length ? $" {head.ContentLength}" : "") + (head.IsHttp10 ? " 1.0" : "") + (head.KeepsAlive ? "" : " closes")
            + (head.ExpectsContinue ? " expects" : "") + (head.IsTunnel ? " tunnel" : ""),
        ParseStatus.Invalid => $"{head.Fault!.Status}",
        _ => $"{status}",
    };
}
