using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>Mutations of the corpus, always the same for one seed. The environment variable makes more of them: docs/engines.md.</summary>
public sealed class WireFuzzTests
{
    private const int Seed = 4711;
    private const int Runs = 60_000;

    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("LOADBALANCER_FUZZ_ROUNDS"), out var rounds) ? rounds : 1;

    private static readonly string[] Pieces =
    [
        "\r\n", "\n", "\r", " ", "\t", ":", "\0", "\u007f", "\u0080", ",", ";", "=", "\"", "\\", "0", "5", "ffffffff", "+", "-", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
        "Host: b\r\n", "Connection: close\r\n", "Connection: Content-Length, Via\r\n", "HTTP/1.0", "HTTP/1.1", "chunked", "gzip, ", "Content-Length", "Upgrade: websocket\r\n", "Expect: 100-continue\r\n",
        "\r\n\r\n", "GET / HTTP/1.1\r\n", "http://c/", "%00", "?", "#", "[::1]", "@",
    ];

    private static readonly LimitOptions Limits = new() { MaxRequestLineSize = 256, MaxRequestHeadSize = 1024 };
    private static readonly LimitOptions Wide = new();

    [Fact]
    public void No_head_is_read_in_two_ways_or_goes_on_as_another()
    {
        var corpus = RequestCorpus.Refused.Select(row => row.Bytes).Concat(RequestCorpus.Accepted.Select(row => row.Bytes)).Where(text => text.Length < 512).Select(RequestReading.Bytes).ToArray();
        var (random, mutant) = (new Random(Seed), new byte[4096]);
        var (whole, pieces, after) = (new RequestHead(), new RequestHead(), new RequestHead());
        var (output, to) = (new OutputBuffer(), Writing.To());
        for (var run = 0; run < Runs * Rounds; run++)
        {
            var length = Mutate(corpus[random.Next(corpus.Length)], mutant, random);
            var bytes = mutant.AsSpan(0, length);
            whole.Reset();
            var status = RequestParser.Parse(bytes, whole, Limits);

            // :: However it arrives, it is the same.
            pieces.Reset();
            Same(bytes, status, ParseInPieces(bytes, pieces, random));
            Same(bytes, (whole.Fault?.Status, whole.Length), (pieces.Fault?.Status, pieces.Length));
            if (status != ParseStatus.Complete || whole.IsForProxy(out _))
            {
                continue;
            }

            // :: What goes on is read at the destination as it was here.
            Same(bytes, true, whole.Length <= length);
            whole.Identify(random);
            output.Clear();
            HeadWriter.Write(output, whole, new RequestContext { Destination = to, Client = Writing.Client, Trusted = TrustedProxies.None });
            after.Reset();
            Same(bytes, ParseStatus.Complete, RequestParser.Parse(output.Written, after, Wide));
            Same(bytes, Framing(whole), StrictReader.FramingOf(output.Written));
            Same(bytes, (whole.Body, whole.ContentLength, whole.Method, output.Length), (after.Body, after.ContentLength, after.Method, after.Length));
        }
    }

    [Fact]
    public void No_chunked_body_is_read_in_two_ways_or_goes_on_as_another()
    {
        var corpus = ChunkedReaderTests.Invalid.Concat(ChunkedReaderTests.Valid.Select(row => row.Bytes)).Where(text => text.Length < 512).Select(RequestReading.Bytes).ToArray();
        var (random, mutant) = (new Random(Seed), new byte[4096]);
        var head = RequestReading.Head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var run = 0; run < Runs * Rounds; run++)
        {
            var bytes = mutant.AsSpan(0, Mutate(corpus[random.Next(corpus.Length)], mutant, random));

            var (status, passed) = Pass(bytes, head, bytes.Length);
            var split = Pass(bytes, head, 1 + random.Next(5));
            Same(bytes, (status, Encoding.Latin1.GetString(passed)), (split.Status, Encoding.Latin1.GetString(split.Passed)));

            Same(bytes, status == ChunkedStatus.Whole, StrictReader.IsChunked(passed));

            // :: What went on has an end where this one had, and there only.
            var again = Pass(passed, head, Math.Max(1, passed.Length));
            Same(bytes, (status == ChunkedStatus.Whole, passed.Length), (again.Status == ChunkedStatus.Whole, again.Passed.Length));
        }
    }

    [Fact]
    public void No_answer_is_read_in_two_ways_or_goes_on_as_another()
    {
        var corpus = ResponseParserTests.Invalid.Select(row => row.Bytes).Concat(ResponseParserTests.Valid.Select(row => row.Bytes)).Where(text => text.Length < 512).Select(RequestReading.Bytes).ToArray();
        var (random, mutant) = (new Random(Seed), new byte[4096]);
        var (whole, pieces, after, output) = (new ResponseHead(), new ResponseHead(), new ResponseHead(), new OutputBuffer());
        var request = RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        for (var run = 0; run < Runs * Rounds; run++)
        {
            var bytes = mutant.AsSpan(0, Mutate(corpus[random.Next(corpus.Length)], mutant, random));
            whole.Reset();
            var status = ResponseParser.Parse(bytes, whole, isHead: false, isTunnel: false);
            pieces.Reset();
            var split = ParseStatus.Incomplete;
            for (var end = 0; split == ParseStatus.Incomplete && end < bytes.Length;)
            {
                end = Math.Min(bytes.Length, end + 1 + random.Next(20));
                split = ResponseParser.Parse(bytes[..end], pieces, isHead: false, isTunnel: false);
            }

            Same(bytes, (status, status == ParseStatus.Complete ? whole.Length : 0), (split, split == ParseStatus.Complete ? pieces.Length : 0));
            if (status != ParseStatus.Complete || whole.IsInformational)
            {
                continue;
            }

            output.Clear();
            var plan = AnswerWriter.Write(output, whole, request, new AnswerContext { Date = "d"u8 });
            after.Reset();
            Same(bytes, ParseStatus.Complete, ResponseParser.Parse(output.Written, after, isHead: false, isTunnel: false));
            var expected = plan.Relay switch
            {
                BodyRelay.Chunks or BodyRelay.ToChunks => AnswerBody.Chunked,
                BodyRelay.AsIs => AnswerBody.Length,
                _ => AnswerBody.None,
            };
            Same(bytes, (expected, whole.Status, output.Length, true), (after.Body, after.Status, after.Length, after.IsPlain));
        }
    }

    private static string Framing(RequestHead head) => head.Body switch
    {
        RequestBody.Chunked => "chunked",
        RequestBody.Length => $"{head.ContentLength}",
        _ => head.LengthCount > 0 || Methods.WantsContent(head.Method) ? "0" : "none",
    };

    private static int Mutate(byte[] from, byte[] to, Random random)
    {
        from.CopyTo(to, 0);
        var length = from.Length;
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(length + 1);
            var piece = RequestReading.Bytes(Pieces[random.Next(Pieces.Length)]);
            switch (random.Next(4))
            {
                case 0 when at < length:
                    to[at] = (byte)random.Next(256);
                    break;
                case 1 when at < length:
                    var cut = Math.Min(random.Next(1, 8), length - at);
                    to.AsSpan(at + cut, length - at - cut).CopyTo(to.AsSpan(at));
                    length -= cut;
                    break;
                case 2 when length + piece.Length < to.Length:
                    to.AsSpan(at, length - at).CopyTo(to.AsSpan(at + piece.Length));
                    piece.CopyTo(to, at);
                    length += piece.Length;
                    break;
                default:
                    // A part of it once more, somewhere else.
                    var start = random.Next(length + 1);
                    var count = Math.Min(random.Next(60), Math.Min(length - start, to.Length - length));
                    var copy = to.AsSpan(start, count).ToArray();
                    to.AsSpan(at, length - at).CopyTo(to.AsSpan(at + count));
                    copy.CopyTo(to, at);
                    length += count;
                    break;
            }
        }

        return length;
    }

    private static ParseStatus ParseInPieces(ReadOnlySpan<byte> bytes, RequestHead head, Random random)
    {
        var (status, end) = (ParseStatus.Incomplete, 0);
        while (status == ParseStatus.Incomplete && end < bytes.Length)
        {
            end = Math.Min(bytes.Length, end + 1 + random.Next(20));
            status = RequestParser.Parse(bytes[..end], head, Limits);
        }

        return status;
    }

    private static (ChunkedStatus Status, byte[] Passed) Pass(ReadOnlySpan<byte> bytes, MessageHead head, int piece)
    {
        var (reader, passed, at, end, status) = (default(ChunkedReader), new List<byte>(), 0, 0, ChunkedStatus.Open);
        while (status == ChunkedStatus.Open && end < bytes.Length)
        {
            end = Math.Min(bytes.Length, end + piece);
            int drop;
            do
            {
                status = reader.Pass(bytes[at..end], head, out var pass, out drop);
                passed.AddRange(bytes.Slice(at, pass));
                at += pass + drop;
            }
            while (status == ChunkedStatus.Open && drop > 0);
        }

        return (status, [.. passed]);
    }

    // A failure shows the bytes.
    private static void Same<T>(ReadOnlySpan<byte> bytes, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            Assert.Fail($"expected {expected}, found {found}, of {JsonEncodedText.Encode(Encoding.Latin1.GetString(bytes))}");
        }
    }
}
