using System.Text;
using LoadBalancer.Proxy.Engines.Kestrel;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class HttpsSchemeStreamTests
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte SchemeHttp = 0x86;
    private const byte SchemeHttps = 0x87;

    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    // Methods as the platform's HTTP client writes them: two from the static table, the others as text.
    public static readonly TheoryData<byte[]> Methods = new()
    {
        new byte[] { 0x82 },
        new byte[] { 0x83 },
        new byte[] { 0x02, 3, (byte)'P', (byte)'U', (byte)'T' },
        new byte[] { 0x02, 0 },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task The_scheme_of_a_request_becomes_https_however_the_bytes_are_cut(byte[] method)
    {
        byte[] path = [0x84, SchemeHttp, 0x82];
        byte[] sent = [.. Preface, .. Frame(Settings, [SchemeHttp]), .. Frame(Headers, [.. method, SchemeHttp, .. path]), .. Frame(Data, [0x82, SchemeHttp]), .. Frame(Headers, [0x82, SchemeHttp])];
        byte[] wanted = [.. Preface, .. Frame(Settings, [SchemeHttp]), .. Frame(Headers, [.. method, SchemeHttps, .. path]), .. Frame(Data, [0x82, SchemeHttp]), .. Frame(Headers, [0x82, SchemeHttps])];

        for (var piece = 1; piece <= sent.Length; piece++)
        {
            Assert.Equal(wanted, await WriteAsync(sent, piece));
        }
    }

    [Theory]
    [InlineData(0x82, 0x84)]
    [InlineData(0x82, SchemeHttps)]
    [InlineData(0x02, 0x83)]
    public async Task A_head_that_is_written_in_another_way_is_not_sent(byte first, byte second) =>
        await Assert.ThrowsAsync<IOException>(() => WriteAsync([.. Preface, .. Frame(Headers, [first, second, 0x84])], piece: 1000));

    [Fact]
    public async Task What_is_written_stays_as_it_was_with_the_writer()
    {
        byte[] sent = [.. Preface, .. Frame(Headers, [0x82, SchemeHttp])];
        byte[] before = [.. sent];

        await WriteAsync(sent, sent.Length);

        Assert.Equal(before, sent);
    }

    private static async Task<byte[]> WriteAsync(byte[] bytes, int piece)
    {
        var written = new MemoryStream();
        await using var stream = new HttpsSchemeStream(written);
        for (var i = 0; i < bytes.Length; i += piece)
        {
            await stream.WriteAsync(bytes.AsMemory(i, Math.Min(piece, bytes.Length - i)));
        }

        return written.ToArray();
    }

    private static byte[] Frame(byte type, byte[] payload) => [0, 0, (byte)payload.Length, type, 4, 0, 0, 0, 1, .. payload];
}
