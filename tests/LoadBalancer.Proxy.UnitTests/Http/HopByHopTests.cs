using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class HopByHopTests
{
    [Theory]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("TE")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("connection")]
    [InlineData("TRANSFER-ENCODING")]
    public void Fields_between_two_neighbours_are_not_passed_on(string name) => Assert.True(HopByHop.IsHopByHop(name));

    [Theory]
    [InlineData("Host")]
    [InlineData("Trailer")]
    [InlineData("Content-Length")]
    [InlineData("Via")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Te2")]
    [InlineData("")]
    public void Other_fields_are(string name) => Assert.False(HopByHop.IsHopByHop(name));

    [Theory]
    [InlineData("close, X-Private", "X-Private", true)]
    [InlineData("close,x-private", "X-Private", true)]
    [InlineData("X-Private\t, close", "X-Private", true)]
    [InlineData("close", "X-Private", false)]
    [InlineData("X-Private-Not", "X-Private", false)]
    [InlineData("", "X-Private", false)]
    [InlineData(",,", "X-Private", false)]
    [InlineData("Host", "Host", false)]
    [InlineData("content-length", "Content-Length", false)]
    [InlineData("Cache-Control", "Cache-Control", false)]
    [InlineData("Authorization", "Authorization", false)]
    public void A_field_that_Connection_names_is_not_passed_on(string connection, string name, bool isNamed) => Assert.Equal(isNamed, HopByHop.IsNamedBy(connection, name));

    [Theory]
    [InlineData("trailers", true)]
    [InlineData("TRAILERS", true)]
    [InlineData("gzip;q=0.5, trailers", true)]
    [InlineData("gzip, trailers ", true)]
    [InlineData("gzip", false)]
    [InlineData("trailersX", false)]
    [InlineData("", false)]
    public void Who_takes_trailers_says_so(string te, bool takes) => Assert.Equal(takes, HopByHop.TakesTrailers(te));

    [Theory]
    [InlineData("X-Checksum", true)]
    [InlineData("Grpc-Status", true)]
    [InlineData("Server-Timing", true)]
    [InlineData("Content-Length", false)]
    [InlineData("Transfer-Encoding", false)]
    [InlineData("Host", false)]
    [InlineData("Trailer", false)]
    [InlineData("Content-Type", false)]
    [InlineData("Content-Encoding", false)]
    [InlineData("Content-Range", false)]
    [InlineData("Set-Cookie", false)]
    [InlineData("Authorization", false)]
    [InlineData("set-cookie", false)]
    public void Trailers_are_fields_that_nothing_rests_on(string name, bool isAllowed) => Assert.Equal(isAllowed, HopByHop.IsAllowedInTrailers(name));
}
