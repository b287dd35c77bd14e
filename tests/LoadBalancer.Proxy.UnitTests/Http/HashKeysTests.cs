using System.IO.Hashing;
using System.Net;
using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class HashKeysTests
{
    // The published vectors of XXH64 with seed 0: another proxy, or another engine, must come to the same.
    [Theory]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    public void A_key_is_that_of_XxHash64_with_seed_0(string text, ulong key) => Assert.Equal(key, HashKeys.OfText(text));

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(20_000)]
    public void Text_of_any_length_is_hashed_as_Latin_1(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)(1 + (i % 255))));

        Assert.Equal(XxHash64.HashToUInt64(Encoding.Latin1.GetBytes(text)), HashKeys.OfText(text));
    }

    [Fact]
    public void What_is_empty_is_no_key()
    {
        Assert.Null(HashKeys.OfText(""));
        Assert.Null(HashKeys.OfAddress([]));
    }

    [Fact]
    public void An_IPv4_address_has_the_same_key_over_IPv6()
    {
        var (over4, over6) = (IPAddress.Parse("192.0.2.7").GetAddressBytes(), IPAddress.Parse("::ffff:192.0.2.7").GetAddressBytes());

        Assert.Equal((16, HashKeys.OfAddress(over4)), (over6.Length, HashKeys.OfAddress(over6)));
        Assert.Equal(XxHash64.HashToUInt64([192, 0, 2, 7]), HashKeys.OfAddress(over4));
    }

    [Fact]
    public void An_IPv6_address_is_hashed_whole() =>
        Assert.Equal(XxHash64.HashToUInt64(IPAddress.Parse("2001:db8::7").GetAddressBytes()), HashKeys.OfAddress(IPAddress.Parse("2001:db8::7").GetAddressBytes()));

    [Theory]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:2:3:4:5:6", true)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("::ffff:192.0.2.7", "::ffff:192.0.2.8", false)]
    public void The_network_of_a_client_is_its_IPv4_address_or_the_first_64_bits_of_IPv6(string one, string other, bool isSame) => Assert.Equal(
        isSame, HashKeys.OfNetwork(IPAddress.Parse(one).GetAddressBytes()) == HashKeys.OfNetwork(IPAddress.Parse(other).GetAddressBytes()));

    [Theory]
    [InlineData("/?user=42", "42")]
    [InlineData("/a?x=1&user=42&y=2", "42")]
    [InlineData("/?user=1&user=2", "1")]
    [InlineData("/?user=a%20b+c=d", "a%20b+c=d")]
    [InlineData("http://host/?user=42", "42")]
    [InlineData("/?users=1&user=2", "2")]
    [InlineData("/?User=1", null)]
    [InlineData("/?user=", null)]
    [InlineData("/?user", null)]
    [InlineData("/?", null)]
    [InlineData("/user=1", null)]
    [InlineData("/", null)]
    public void The_key_of_a_parameter_is_that_of_its_first_value_as_written(string target, string? value) => Assert.Equal(KeyOf(value), HashKeys.OfQuery(target, "user"));

    [Theory]
    [InlineData("session=42", "42")]
    [InlineData("a=1; session=42; b=2", "42")]
    [InlineData("a=1;session=42", "42")]
    [InlineData("session=\"42\"", "\"42\"")]
    [InlineData("session=a=b", "a=b")]
    [InlineData("session=1; session=2", "1")]
    [InlineData("mysession=1; session=2", "2")]
    [InlineData("Session=1", null)]
    [InlineData("session=", null)]
    [InlineData("session", null)]
    [InlineData("", null)]
    public void The_key_of_a_cookie_is_that_of_its_first_value(string line, string? value) => Assert.Equal(KeyOf(value), HashKeys.OfCookie(line, "session"));

    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a/b?x=1", "/a/b")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/", "/")]
    [InlineData("/?", "/")]
    [InlineData("http://host/a/b?x=1", "/a/b")]
    [InlineData("http://host?x=1", "/")]
    [InlineData("http://host", "/")]
    public void The_key_of_a_path_is_that_of_all_before_the_query(string target, string path) => Assert.Equal(KeyOf(path), HashKeys.OfPath(target));

    [Fact]
    public void Keys_are_found_without_an_allocation()
    {
        var address = IPAddress.Parse("2001:db8::7").GetAddressBytes();

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            HashKeys.OfAddress(address);
            HashKeys.OfText("tenant-42");
            HashKeys.OfQuery("/a/b?x=1&user=42", "user");
            HashKeys.OfCookie("a=1; session=42", "session");
            HashKeys.OfPath("/a/b?x=1");
        }));
    }

    private static ulong? KeyOf(string? text) => text is null ? null : XxHash64.HashToUInt64(Encoding.Latin1.GetBytes(text));
}
