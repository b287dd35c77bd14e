using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ForwardedChainTests
{
    private static readonly ReceivedForwarded Nothing = new("", "", "", "", "");

    private static readonly ReceivedForwarded Everything = new("203.0.113.1", "https", "shop.example", "/shop", "for=203.0.113.1;proto=https");

    [Fact]
    public void What_anyone_else_sends_is_replaced() =>
        Assert.Equal(new ForwardedChain("10.1.1.1", "http", "here"), ForwardedChain.Of(IPAddress.Parse("10.1.1.1"), isTrusted: false, "http", "here", Everything));

    [Fact]
    public void What_a_trusted_proxy_sends_is_kept_and_its_address_is_appended() => Assert.Equal(
        new ForwardedChain("203.0.113.1, 10.1.1.1", "https", "shop.example", "/shop", "for=203.0.113.1;proto=https, for=10.1.1.1;host=here;proto=http"),
        Of(Everything));

    [Fact]
    public void What_a_trusted_proxy_does_not_send_is_said_by_this_one() => Assert.Equal(new ForwardedChain("10.1.1.1", "http", "here"), Of(Nothing));

    [Theory]
    [InlineData("203.0.113.1,198.51.100.1", "203.0.113.1, 198.51.100.1, 10.1.1.1")]
    [InlineData("203.0.113.1:123, [2001:db8::1]:5, 2001:db8::2", "203.0.113.1:123, [2001:db8::1]:5, 2001:db8::2, 10.1.1.1")]
    [InlineData(" , 203.0.113.1 ,, ", "203.0.113.1, 10.1.1.1")]
    [InlineData("203.0.113.1, unknown, 198.51.100.1", "198.51.100.1, 10.1.1.1")]
    [InlineData("203.0.113.1, <script>", "10.1.1.1")]
    [InlineData("203.0.113.1:port", "10.1.1.1")]
    [InlineData("[203.0.113.1]", "10.1.1.1")]
    [InlineData("[2001:db8::1", "10.1.1.1")]
    [InlineData("1", "10.1.1.1")]
    public void Of_the_addresses_those_behind_the_last_that_is_none_are_kept(string received, string told) => Assert.Equal(told, Of(Nothing with { For = received }).For);

    [Theory]
    [InlineData("https", "https")]
    [InlineData("HTTPS", "HTTPS")]
    [InlineData("https,http", "https, http")]
    [InlineData("wss", "wss")]
    [InlineData("ftp", "http")]
    [InlineData("https, javascript:", "http")]
    [InlineData(",", "http")]
    public void A_scheme_is_kept_when_it_is_one(string received, string told) => Assert.Equal(told, Of(Nothing with { Proto = received }).Proto);

    [Theory]
    [InlineData("shop.example:8443", "shop.example:8443")]
    [InlineData("[2001:db8::1]:80", "[2001:db8::1]:80")]
    [InlineData("a,b", "a, b")]
    [InlineData("shop.example/path", "here")]
    [InlineData("user@shop.example", "here")]
    [InlineData("two words", "here")]
    [InlineData("\"quoted\"", "here")]
    public void A_host_is_kept_when_it_is_one(string received, string told) => Assert.Equal(told, Of(Nothing with { Host = received }).Host);

    [Theory]
    [InlineData("/shop", "/shop")]
    [InlineData("/a,/b", "/a, /b")]
    [InlineData("shop", null)]
    [InlineData("/sh op", null)]
    public void A_prefix_is_kept_when_it_is_one(string received, string? told) => Assert.Equal(told, Of(Nothing with { Prefix = received }).Prefix);

    [Theory]
    [InlineData("for=192.0.2.1", "for=192.0.2.1, for=10.1.1.1;host=here;proto=http")]
    [InlineData("for=\"[2001:db8::1]:80\" ; by=_x,For=unknown", "for=\"[2001:db8::1]:80\" ; by=_x,For=unknown, for=10.1.1.1;host=here;proto=http")]
    [InlineData("for=\"a\\\"b,c\"", "for=\"a\\\"b,c\", for=10.1.1.1;host=here;proto=http")]
    [InlineData("for=192.0.2.1,", "for=192.0.2.1, for=10.1.1.1;host=here;proto=http")]
    [InlineData("for=\"unclosed", null)]
    [InlineData("for", null)]
    [InlineData("for=", null)]
    [InlineData("=x", null)]
    [InlineData("for=[::1]", null)]
    [InlineData("for=a b", null)]
    [InlineData(",", null)]
    public void Forwarded_is_kept_when_it_is_well_formed(string received, string? told) => Assert.Equal(told, Of(Nothing with { Forwarded = received }).Forwarded);

    [Fact]
    public void An_element_of_our_own_quotes_what_is_no_token() => Assert.Equal(
        "for=_a, for=\"[2001:db8::1]\";host=\"here:81\";proto=http",
        ForwardedChain.Of(IPAddress.Parse("2001:db8::1"), isTrusted: true, "http", "here:81", Nothing with { Forwarded = "for=_a" }).Forwarded);

    // Applications read one or the other; the two must not contradict each other.
    [Fact]
    public void A_proxy_that_sends_Forwarded_alone_is_told_of_in_the_other_fields_too()
    {
        var told = Of(Nothing with { Forwarded = "for=\"[2001:db8::1]:80\";proto=https;host=\"shop.example:8443\", for=192.0.2.1" });

        Assert.Equal(("[2001:db8::1]:80, 192.0.2.1, 10.1.1.1", "https", "shop.example:8443"), (told.For, told.Proto, told.Host));
    }

    [Theory]
    [InlineData("203.0.113.1", "for=198.51.100.1", "203.0.113.1")]
    [InlineData("", "for=198.51.100.1", "198.51.100.1")]
    [InlineData("", "for=198.51.100.1, for=_hidden, proto=https;for=192.0.2.1", "192.0.2.1")]
    [InlineData("", "proto=https", "")]
    public void The_hops_are_those_of_X_Forwarded_For_or_else_of_Forwarded(string field, string forwarded, string hops) =>
        Assert.Equal(hops, ForwardedChain.Hops(Nothing with { For = field, Forwarded = forwarded }));

    private static ForwardedChain Of(in ReceivedForwarded received) => ForwardedChain.Of(IPAddress.Parse("::ffff:10.1.1.1"), isTrusted: true, "http", "here", received);
}
