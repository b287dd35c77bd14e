using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class ResponseParserTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Two = "Content-Length: 2\r\n";

    public static IReadOnlyList<(string Name, string Bytes)> Invalid =>
    [
        ("not http", "nonsense\r\n\r\n"),
        ("another protocol", "SSH-2.0-OpenSSH_9\r\n"),
        ("empty line", "\r\n\r\n"),
        ("status of two digits", "HTTP/1.1 20 OK\r\n" + Two + "\r\nok"),
        ("status of four digits", "HTTP/1.1 2000 OK\r\n" + Two + "\r\nok"),
        ("status of letters", "HTTP/1.1 abc OK\r\n" + Two + "\r\nok"),
        ("status with plus", "HTTP/1.1 +20 OK\r\n" + Two + "\r\nok"),
        ("status 099", "HTTP/1.1 099 Odd\r\n" + Two + "\r\nok"),
        ("no version", "200 OK\r\n" + Two + "\r\nok"),
        ("version 2", "HTTP/2.0 200 OK\r\n" + Two + "\r\nok"),
        ("version 1.2", "HTTP/1.2 200 OK\r\n" + Two + "\r\nok"),
        ("lower-case version", "http/1.1 200 OK\r\n" + Two + "\r\nok"),
        ("line without a colon", Ok + Two + "nonsense\r\n\r\nok"),
        ("empty name", Ok + Two + ": b\r\n\r\nok"),
        ("name of blanks", Ok + Two + " : b\r\n\r\nok"),
        ("blank in a name", Ok + Two + "X A: b\r\n\r\nok"),
        ("control character in a name", Ok + Two + "X\u0001A: b\r\n\r\nok"),
        ("folded name", Ok + "X\r\n A: b\r\n\r\n"),
        ("control character in a value", Ok + Two + "X-A: b\u0001c\r\n\r\nok"),
        ("delete character in a value", Ok + Two + "X-A: b\u007fc\r\n\r\nok"),
        ("blank before the first field", Ok + " X-A: b\r\n\r\nok"),
        ("negative length", Ok + "Content-Length: -2\r\n\r\nok"),
        ("length of letters", Ok + "Content-Length: two\r\n\r\nok"),
        ("length with plus", Ok + "Content-Length: +2\r\n\r\nok"),
        ("length that is folded", Ok + "Content-Length: 2\r\n 3\r\n\r\nok"),
        ("length too large for any counter", Ok + "Content-Length: 99999999999999999999\r\n\r\nok"),
        ("empty length", Ok + "Content-Length:\r\n\r\nok"),
        ("two differing lengths", Ok + Two + "Content-Length: 3\r\n\r\nok!"),
        ("two equal lengths", Ok + Two + Two + "\r\nok"),
        ("two differing lengths in one line", Ok + "Content-Length: 2, 3\r\n\r\nok!"),
        ("transfer coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ("unknown transfer coding", Ok + "Transfer-Encoding: xchunked\r\n" + Two + "\r\nok"),
        ("unknown transfer coding before chunked", Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ("chunked twice", Ok + "Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ("chunked on two lines", Ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("switch of protocols that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\nfoo"),
        ("head too long", Ok + "X-A: " + new string('a', 64 * 1024) + "\r\n\r\n"),
        ("line too many", Ok + string.Concat(Enumerable.Repeat("X-A: b\r\n", 101)) + "\r\n"),
    ];

    public static IReadOnlyList<(string Bytes, string Read)> Valid =>
    [
        (Ok + Two + "\r\nok", "200 'OK' Length 2"),
        (Ok + "Content-Length: 0\r\n\r\n", "200 'OK' None"),
        (Ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 'OK' Chunked"),
        (Ok + "\r\nhello", "200 'OK' UntilClose closes"),
        (Ok + "Connection: close\r\n" + Two + "\r\nok", "200 'OK' Length 2 closes"),
        (Ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 'OK' Chunked closes"),
        ("HTTP/1.1 200 \r\n" + Two + "\r\nok", "200 '' Length 2"),
        ("HTTP/1.1 200\r\n" + Two + "\r\nok", "200 '' Length 2"),
        ("HTTP/1.1 599 Own  Code \u00e9\r\n" + Two + "\r\nok", "599 'Own  Code \u00e9' Length 2"),
        ("HTTP/1.0 200 OK\r\n" + Two + "\r\nok", "200 'OK' Length 2 1.0 closes"),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + Two + "\r\nok", "200 'OK' Length 2 1.0"),
        ("HTTP/1.0 200 OK\r\n\r\nok", "200 'OK' UntilClose 1.0 closes"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "204 'No Content' None"),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n", "304 'Not Modified' None"),
        ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 'Not Modified' None"),
        ("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "103 'Early Hints' None"),
        ("HTTP/1.1 200 OK\n" + "Content-Length: 2\n\nok", "200 'OK' Length 2"),
        (Ok + Two + "X-A : b\r\n\r\nok", "200 'OK' Length 2 X-A='b'"),
        (Ok + Two + "X-A: b\r\n c\r\n\r\nok", "200 'OK' Length 2 X-A='b   c'"),
        (Ok + Two + "X-A: b\r\n\tc\r\n\r\nok", "200 'OK' Length 2 X-A='b  \tc'"),
        (Ok + Two + "X-A: b\0c\r\n\r\nok", "200 'OK' Length 2 X-A='b c'"),
        (Ok + Two + "X-A: b\rX-Injected: c\r\n\r\nok", "200 'OK' Length 2 X-A='b X-Injected: c'"),
        (Ok + Two + "X-A: b\r\n X-Injected: c\r\n\r\nok", "200 'OK' Length 2 X-A='b   X-Injected: c'"),
        (Ok + Two + "X-A: \u00e9\u0080\u00ff \t\r\n\r\nok", "200 'OK' Length 2 X-A='\u00e9\u0080\u00ff'"),
        (Ok + Two + "X-A:\r\n\r\nok", "200 'OK' Length 2 X-A=''"),
    ];

    [Fact]
    public void What_is_no_answer_that_can_be_passed_on_is_invalid() => Assert.All(Invalid, row => Assert.Equal((row.Name, "invalid"), (row.Name, Read(row.Bytes))));

    [Fact]
    public void A_valid_head_is_read() => Assert.All(Valid, row => Assert.Equal($"{EndOf(row.Bytes)}: {row.Read}", Read(row.Bytes)));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", "200 'OK' None")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 'OK' None")]
    [InlineData("HTTP/1.1 404 Not Found\r\n\r\n", "404 'Not Found' None")]
    public void An_answer_to_HEAD_ends_with_its_head(string bytes, string read) => Assert.Equal($"{bytes.Length}: {read}", Read(bytes, isHead: true));

    [Fact]
    public void A_switch_of_protocols_is_valid_where_it_was_asked_for() =>
        Assert.StartsWith("69: 101", Read("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\nfoo", isTunnel: true), StringComparison.Ordinal);

    [Fact]
    public void It_is_all_the_same_however_it_arrives() => Assert.All(Invalid.Select(row => row.Bytes).Concat(Valid.Select(row => row.Bytes)), text =>
    {
        var whole = Read(text);
        Assert.Equal((text, whole), (text, Read(text, Enumerable.Range(1, text.Length))));
        foreach (var end in Enumerable.Range(0, Math.Min(text.Length, 500)))
        {
            Assert.Equal((text, end, whole), (text, end, Read(text, [end, text.Length])));
        }
    });

    [Fact]
    public void Reading_again_and_again_allocates_nothing()
    {
        var (head, bytes) = (new ResponseHead(), RequestReading.Bytes(Ok + Two + "Server: a\r\nContent-Type: text/plain\r\nX-A: b\r\n c\r\n\r\n"));

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            head.Reset();
            ResponseParser.Parse(bytes, head, isHead: false, isTunnel: false);
        }));
    }

    private static string Read(string text, IEnumerable<int>? ends = null, bool isHead = false, bool isTunnel = false)
    {
        var (head, bytes) = (new ResponseHead(), RequestReading.Bytes(text));
        foreach (var end in ends ?? [text.Length])
        {
            var arrived = bytes[..end];
            var status = ResponseParser.Parse(arrived, head, isHead, isTunnel);
            Array.Fill(arrived, (byte)'!');
            if (status != ParseStatus.Incomplete)
            {
                return status == ParseStatus.Invalid ? "invalid" : Describe(head);
            }
        }

        return "incomplete";
    }

    private static string Describe(ResponseHead head) =>
        $"{head.Length}: {head.Status} '{Encoding.Latin1.GetString(head.Reason)}' {head.Body}" + (head.Body == AnswerBody.Length ? $" {head.ContentLength}" : "")
        + (head.IsHttp10 ? " 1.0" : "") + (head.KeepsAlive ? "" : " closes") + (head.TryGet("X-A", 0, out var value) ? $" X-A='{value}'" : "");

    private static int EndOf(string text) => text.Contains("\r\n\r\n", StringComparison.Ordinal)
        ? text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4
        : text.IndexOf("\n\n", StringComparison.Ordinal) + 2;
}
