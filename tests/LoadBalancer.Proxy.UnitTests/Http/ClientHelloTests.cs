using System.Net.Security;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ClientHelloTests
{
    private const string Challenge = "acme-tls/1";

    [Theory]
    [InlineData("acme-tls/1", true)]
    [InlineData("h2", false)]
    [InlineData("acme-tls/1,h2", false)]
    [InlineData("h2,acme-tls/1", false)]
    [InlineData("", false)]
    public async Task A_client_asks_for_a_protocol_when_it_names_that_alone(string offered, bool expected)
    {
        var hello = await HelloAsync("www.example.com", offered);

        Assert.Equal((expected, "www.example.com"), (ClientHello.AsksFor(hello, "acme-tls/1"u8, out var name), name));
    }

    [Fact]
    public async Task Before_all_of_it_has_come_nothing_is_said()
    {
        var hello = await HelloAsync("www.example.com", Challenge);

        Assert.All(Enumerable.Range(0, hello.Length), length => Assert.Null(ClientHello.AsksFor(hello.AsSpan(0, length), "acme-tls/1"u8, out _)));
    }

    [Fact]
    public async Task It_may_come_in_several_records()
    {
        var hello = await HelloAsync("www.example.com", Challenge);
        var (first, second) = (hello[5..80], hello[80..]);
        byte[] both = [.. hello[..3], 0, (byte)first.Length, .. first, .. hello[..3], (byte)(second.Length >> 8), (byte)second.Length, .. second];

        Assert.True(ClientHello.AsksFor(both, "acme-tls/1"u8, out _));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\0\0")]
    [InlineData("\u0016\u0003\u0001\0\u0004\u0002\0\0\0")]
    [InlineData("\u0016\u0003\u0001\0\u0006\u0001\0\0\u0002\u0003\u0003")]
    public void Something_else_is_none(string bytes) => Assert.False(ClientHello.AsksFor(System.Text.Encoding.Latin1.GetBytes(bytes), "acme-tls/1"u8, out _));

    [Fact]
    public async Task Whatever_of_it_is_broken_it_does_not_fail()
    {
        var hello = await HelloAsync("www.example.com", Challenge);
        for (var i = 0; i < hello.Length; i++)
        {
            var broken = hello.ToArray();
            broken[i] ^= 0xFF;
            ClientHello.AsksFor(broken, "acme-tls/1"u8, out _);
        }
    }

    // What the platform's client sends first.
    private static async Task<byte[]> HelloAsync(string name, string protocols)
    {
        var sent = new Recorder();
        await using var stream = new SslStream(sent);
        await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Split(',').Select(protocol => new SslApplicationProtocol(protocol))],
        }));
        return sent.ToArray();
    }

    /// <summary>Takes what is sent, and has nothing to say.</summary>
    private sealed class Recorder : MemoryStream
    {
        public override int Read(Span<byte> buffer) => 0;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(0);
    }
}
