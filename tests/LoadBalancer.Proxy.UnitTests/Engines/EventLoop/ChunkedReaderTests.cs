using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class ChunkedReaderTests
{
    private static readonly RequestHead Head = RequestReading.Head("POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Named\r\nTransfer-Encoding: chunked\r\n\r\n");

    public static IReadOnlyList<string> Invalid =>
    [
        "\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "0_5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "8000000000000000\r\nhello\r\n0\r\n\r\n", "80000000\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n", "5\r\nhelloX\n0\r\n\r\n", "5\r\nhello\rX0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\n\n\r\n", "5\rhello\r\n0\r\n\r\n", "5;a=b\nhello\r\n0\r\n\r\n", "5;a=b\rc\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n",
        "5;;a\r\nhello\r\n0\r\n\r\n", "5;=b\r\nhello\r\n0\r\n\r\n", "5;a=\r\nhello\r\n0\r\n\r\n", "5;a=b=c\r\nhello\r\n0\r\n\r\n", "5;a b\r\nhello\r\n0\r\n\r\n", "5;\0\r\nhello\r\n0\r\n\r\n",
        "5;a=\u0001\r\nhello\r\n0\r\n\r\n", "5;a=\"b\r\nhello\r\n0\r\n\r\n", "5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n", "5;a=\"b\u007fc\"\r\nhello\r\n0\r\n\r\n", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n",
        "5 ;a=b\r\nhello\r\n0\r\n\r\n", "5; a=b\r\nhello\r\n0\r\n\r\n", "5a=b\r\nhello\r\n0\r\n\r\n", "5,\r\nhello\r\n0\r\n\r\n", "5;" + new string('a', 5000) + "\r\nhello\r\n0\r\n\r\n",
        "0\r\nX-A : b\r\n\r\n", "0\r\nnonsense\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\nX-A: b\nX-B: c\r\n\r\n", "0\r\nX-A: b\r\n c\r\n\r\n", "0\r\nX-A: b\0\r\n\r\n", "0\r\nX-A: b\rc\r\n\r\n",
        "0\r\nX-A: " + new string('a', 33 * 1024) + "\r\n\r\n", "0\r\n" + string.Concat(Enumerable.Repeat("X-A: b\r\n", 5000)) + "\r\n",
    ];

    // What comes, what of it goes on in chunks, and what without.
    public static IReadOnlyList<(string Bytes, string Chunks, string Data)> Valid =>
    [
        ("0\r\n\r\n", "0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n00006;ext=1\r\n world\r\n000\r\n\r\n", "5\r\nhello\r\n00006;ext=1\r\n world\r\n000\r\n\r\n", "hello world"),
        ("A;a;b=c;d=\"e;\\\"\u00e9\t f\";g\r\n0\r\n\r\n\r\n1\r\n\r\n0\r\n\r\n", "A;a;b=c;d=\"e;\\\"\u00e9\t f\";g\r\n0\r\n\r\n\r\n1\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n1\r\n"),
        ("0;last\r\nX-Sum: 1\r\nX-Sum:2\r\nX-Caf: caf\u00e9\r\n\r\n", "0;last\r\nX-Sum: 1\r\nX-Sum:2\r\nX-Caf: caf\u00e9\r\n\r\n", ""),
        ("1\r\na\r\n0\r\nContent-Length: 5\r\nX-Sum: 1\r\nHost: b\r\nSet-Cookie: c\r\n\r\n", "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n", "a"),
        ("0\r\nx-named: 1\r\nX-Named2: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nX-Named2: 2\r\n\r\n", ""),
    ];

    [Fact]
    public void A_malformed_body_is_invalid_however_it_arrives() => Assert.All(Invalid, text =>
    {
        Assert.Equal((text, ChunkedStatus.Invalid), (text, Pass(text, text.Length).Status));
        Assert.Equal((text, ChunkedStatus.Invalid), (text, Pass(text, 1).Status));
        Assert.Equal((text, ChunkedStatus.Invalid), (text, Unwrap(text, 1).Status));
    });

    [Fact]
    public void No_malformed_body_has_an_end_that_goes_on() =>
        Assert.All(Invalid, text => Assert.DoesNotContain("0\r\n\r\n", Pass(text, text.Length).Text, StringComparison.Ordinal));

    [Fact]
    public void A_body_goes_on_in_chunks_as_it_is_however_it_arrives() => Assert.All(Valid, row =>
    {
        foreach (var piece in Enumerable.Range(1, row.Bytes.Length))
        {
            Assert.Equal((row.Bytes, piece, row.Chunks, ChunkedStatus.Whole, "next"), (row.Bytes, piece, Pass(row.Bytes + "next", piece).Text, Pass(row.Bytes + "next", piece).Status, Pass(row.Bytes + "next", piece).Left));
        }
    });

    [Fact]
    public void A_body_goes_on_without_chunks_however_it_arrives() => Assert.All(Valid, row =>
    {
        foreach (var piece in Enumerable.Range(1, row.Bytes.Length))
        {
            Assert.Equal((row.Bytes, piece, row.Data, ChunkedStatus.Whole, "next"), (row.Bytes, piece, Unwrap(row.Bytes + "next", piece).Text, Unwrap(row.Bytes + "next", piece).Status, Unwrap(row.Bytes + "next", piece).Left));
        }
    });

    [Theory]
    [InlineData("5 \r\nhello\r\n0  \r\n\r\n")]
    [InlineData("5 ;a = b ; c\r\nhello\r\n0\r\n\r\n")]
    [InlineData("80000000\r\n")]
    public void Of_a_destination_blanks_in_the_line_of_a_chunk_and_large_chunks_are_taken(string text)
    {
        var reader = new ChunkedReader(isAnswer: true);

        Assert.NotEqual(ChunkedStatus.Invalid, reader.Pass(RequestReading.Bytes(text), Head, out var pass, out _));
        Assert.Equal(text.Length, pass);
    }

    [Theory]
    [InlineData("5\r\nhel", 5)]
    [InlineData("5\r\nhello\r\nff\r\n", 260)]
    [InlineData("5\r\nhello\r\nff", 5)]
    public void The_length_is_known_before_the_bytes_are_there(string text, long announced)
    {
        var reader = default(ChunkedReader);

        reader.Pass(RequestReading.Bytes(text), Head, out _, out _);

        Assert.Equal(announced, reader.Announced);
    }

    [Theory]
    [InlineData(1, "1\r\n")]
    [InlineData(65_536, "10000\r\n")]
    [InlineData(long.MaxValue, "7fffffffffffffff\r\n")]
    public void A_chunk_is_begun_with_its_size(long size, string line)
    {
        Span<byte> to = stackalloc byte[ChunkedWriter.MostLine];

        Assert.Equal(line, Encoding.ASCII.GetString(to[..ChunkedWriter.Begin(size, to)]));
    }

    // As a loop does it: what is not taken is kept, and comes again with the next piece.
    private static (ChunkedStatus Status, string Text, string Left) Pass(string text, int piece)
    {
        var reader = default(ChunkedReader);
        return Feed(text, piece, (bytes, output) =>
        {
            var status = reader.Pass(bytes, Head, out var pass, out var drop);
            output.Append(Encoding.Latin1.GetString(bytes, 0, pass));
            return (status, pass + drop, drop > 0);
        });
    }

    private static (ChunkedStatus Status, string Text, string Left) Unwrap(string text, int piece)
    {
        var reader = default(ChunkedReader);
        return Feed(text, piece, (bytes, output) =>
        {
            var status = reader.Unwrap(bytes, out var drop, out var pass);
            output.Append(Encoding.Latin1.GetString(bytes, drop, pass));
            return (status, pass + drop, pass + drop > 0);
        });
    }

    private static (ChunkedStatus Status, string Text, string Left) Feed(string text, int piece, Func<byte[], StringBuilder, (ChunkedStatus Status, int Taken, bool GoesOn)> read)
    {
        var (bytes, output, kept, at) = (RequestReading.Bytes(text), new StringBuilder(), Array.Empty<byte>(), 0);
        while (at < bytes.Length)
        {
            var arrived = Math.Min(piece, bytes.Length - at);
            kept = [.. kept, .. bytes.AsSpan(at, arrived)];
            at += arrived;
            while (true)
            {
                var (status, taken, goesOn) = read(kept, output);
                kept = kept[taken..];
                if (status != ChunkedStatus.Open)
                {
                    return (status, output.ToString(), Encoding.Latin1.GetString(kept) + Encoding.Latin1.GetString(bytes, at, bytes.Length - at));
                }

                if (!goesOn)
                {
                    break;
                }
            }
        }

        return (ChunkedStatus.Open, output.ToString(), "");
    }
}
