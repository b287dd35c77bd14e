using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class RequestParserTests
{
    [Fact]
    public void A_malformed_head_is_refused() =>
        Assert.All(RequestCorpus.Refused, row => Assert.Equal((row.Name, $"{row.Status}"), (row.Name, RequestReading.Read(row.Bytes))));

    [Fact]
    public void A_valid_head_is_read() =>
        Assert.All(RequestCorpus.Accepted, row => Assert.Equal($"{EndOf(row.Bytes)}: {row.Read}", RequestReading.Read(row.Bytes)));

    [Fact]
    public void It_is_all_the_same_when_it_arrives_byte_by_byte() =>
        Assert.All(All, text => Assert.Equal((text, RequestReading.Read(text)), (text, RequestReading.ReadByteByByte(RequestReading.Bytes(text)))));

    [Fact]
    public void It_is_all_the_same_when_it_arrives_in_two_pieces() => Assert.All(All.Where(text => text.Length < 1024), text =>
    {
        var (bytes, whole) = (RequestReading.Bytes(text), RequestReading.Read(text));
        for (var end = 0; end < bytes.Length; end++)
        {
            Assert.Equal((end, whole), (end, RequestReading.Read(bytes, [end, bytes.Length])));
        }
    });

    [Fact]
    public void A_head_that_is_not_whole_is_awaited() => Assert.All(RequestCorpus.Accepted.Where(row => row.Bytes.Length < 1024), row =>
    {
        for (var end = 0; end < EndOf(row.Bytes); end++)
        {
            Assert.Equal("incomplete", RequestReading.Read(row.Bytes[..end]));
        }
    });

    [Fact]
    public void Heads_in_a_row_are_read_one_after_the_other()
    {
        var texts = RequestCorpus.Accepted.Where(row => row.Bytes.EndsWith("\r\n\r\n", StringComparison.Ordinal) && !row.Bytes.EndsWith("0\r\n\r\n", StringComparison.Ordinal)).ToList();
        var bytes = RequestReading.Bytes(string.Concat(texts.Select(row => row.Bytes))).AsSpan();
        var head = new RequestHead();

        foreach (var (text, read) in texts)
        {
            Assert.Equal($"{text.Length}: {read}", RequestReading.Read(bytes, [bytes.Length], head));
            bytes = bytes[head.Length..];
        }

        Assert.True(bytes.IsEmpty);
    }

    [Fact]
    public void The_preface_of_HTTP2_is_known_however_it_arrives()
    {
        var bytes = RequestReading.Bytes(RequestCorpus.Preface);

        Assert.Equal(("Http2Preface", "Http2Preface", "Http2Preface"), (RequestReading.Read(RequestCorpus.Preface), RequestReading.ReadByteByByte(bytes), RequestReading.Read(RequestCorpus.Preface + "more")));
    }

    [Fact]
    public void Fields_are_found_by_name_in_any_case_and_by_line()
    {
        var fields = RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\nX-A: one\r\nX-B: other\r\nx-a:  two \r\nX-Caf: caf\u00e9\r\n\r\n");

        Assert.Equal(("one", "two", null, "caf\u00e9", null), (Line("X-A", 0), Line("x-A", 1), Line("X-A", 2), Line("x-caf", 0), Line("X-", 0)));

        string? Line(string name, int line) => fields.TryGet(name, line, out var value) ? value.ToString() : null;
    }

    [Theory]
    [InlineData("X-Request-Id: abc-1\r\n", "abc-1")]
    [InlineData("X-Request-Id: has blanks\r\n", null)]
    [InlineData("X-Request-Id: a\r\nX-Request-Id: b\r\n", null)]
    [InlineData("X-Request-Id:\r\n", null)]
    [InlineData("", null)]
    public void The_id_is_that_of_the_client_where_it_may_be_kept(string lines, string? expected)
    {
        var head = RequestReading.Head($"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");

        head.Identify(new Random(1));

        var id = Encoding.ASCII.GetString(head.Id);
        Assert.Equal(expected ?? id, id);
        Assert.Matches(expected ?? "^[0-9a-f]{32}$", id);
    }

    [Fact]
    public void A_malformed_head_has_the_id_that_was_read_before_the_fault()
    {
        var head = new RequestHead();

        var status = RequestParser.Parse("GET / HTTP/1.1\r\nX-Request-Id: abc-1\r\nX A: b\r\n"u8, head, new LimitOptions());
        head.Identify(new Random(1));

        Assert.Equal((ParseStatus.Invalid, "abc-1"), (status, Encoding.ASCII.GetString(head.Id)));
    }

    [Theory]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204)]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 204)]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n", 0)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 0)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 LoadBalancer\r\n\r\n", 0)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n" + Loops + Loops + "\r\n", 508)]
    public void What_the_proxy_answers_itself_is_known(string text, int status)
    {
        var isForProxy = RequestReading.Head(text).IsForProxy(out var refusal);

        Assert.Equal(status, refusal?.Status ?? (isForProxy ? 204 : 0));
    }

    [Fact]
    public void Reading_again_and_again_allocates_nothing()
    {
        var (head, limits, random) = (new RequestHead(), new LimitOptions(), new Random(1));
        var bytes = RequestReading.Bytes(RequestCorpus.Accepted[4].Bytes);

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            head.Reset();
            RequestParser.Parse(bytes, head, limits);
            head.Identify(random);
            _ = head.IsForProxy(out _);
        }));
    }

    private const string Loops = "Via: 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer\r\n";

    private static IEnumerable<string> All => RequestCorpus.Refused.Select(row => row.Bytes).Concat(RequestCorpus.Accepted.Select(row => row.Bytes));

    private static int EndOf(string text) => text.IndexOf("\r\n\r\n", text[0] == '\r' ? 4 : 0, StringComparison.Ordinal) + 4;
}
