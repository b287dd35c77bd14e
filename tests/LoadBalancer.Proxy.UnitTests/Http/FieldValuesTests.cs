using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class FieldValuesTests
{
    [Theory]
    [InlineData("trailers", true)]
    [InlineData("TRAILERS", true)]
    [InlineData("gzip;q=0.5, trailers", true)]
    [InlineData("gzip, trailers ", true)]
    [InlineData("gzip", false)]
    [InlineData("trailersX", false)]
    [InlineData("", false)]
    public void Who_takes_trailers_says_so(string te, bool takes) => Assert.Equal(takes, FieldValues.TakesTrailers(te));

    [Fact]
    public void An_entry_in_Via_names_the_version_received() => Assert.All(
        [("HTTP/1.0", HttpVersion.Version10, "1.0"), ("HTTP/1.1", HttpVersion.Version11, "1.1"), ("HTTP/2", HttpVersion.Version20, "2.0"), ("HTTP/3", HttpVersion.Version30, "3.0")],
        received => Assert.Equal(($"{received.Item3} LoadBalancer", $"{received.Item3} LoadBalancer"), (FieldValues.ViaEntry(received.Item1), FieldValues.ViaEntry(received.Item2))));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(FieldValues.MostPasses - 1, false)]
    [InlineData(FieldValues.MostPasses, true)]
    [InlineData(FieldValues.MostPasses + 5, true)]
    public void A_request_that_passed_too_often_is_in_a_circle(int passes, bool isLoop) =>
        Assert.Equal(isLoop, FieldValues.IsLoop(string.Join(", ", Enumerable.Repeat("1.1 LoadBalancer", passes).Prepend("1.1 other"))));

    [Fact]
    public void The_names_of_others_do_not_count() =>
        Assert.False(FieldValues.IsLoop(string.Join(',', Enumerable.Repeat("1.1 MyLoadBalancer, 1.1 LoadBalancer2, 1.1 x (LoadBalancer)", 20))));

    [Fact]
    public void Blanks_around_the_commas_do_not_matter() =>
        Assert.True(FieldValues.IsLoop(string.Join("\t , ", Enumerable.Repeat("1.1 LoadBalancer", FieldValues.MostPasses))));

    [Theory]
    [InlineData("0", true)]
    [InlineData("00", true)]
    [InlineData("1", false)]
    [InlineData("", false)]
    [InlineData("-1", false)]
    [InlineData("none", false)]
    public void With_no_forwards_left_the_request_goes_no_further(string value, bool isLast) => Assert.Equal(isLast, FieldValues.IsLastHop(value));

    [Theory]
    [InlineData("1", "0")]
    [InlineData("10", "9")]
    [InlineData("0", "0")]
    [InlineData("99999999999", "99999999998")]
    [InlineData("-1", "-1")]
    [InlineData("none", "none")]
    [InlineData("", "")]
    public void Each_proxy_takes_one_off(string value, string sentOn) => Assert.Equal(sentOn, FieldValues.Decrement(value));

    [Theory]
    [InlineData("chunked", null)]
    [InlineData("Chunked", null)]
    [InlineData(" chunked\t", null)]
    [InlineData("gzip, chunked", 501)]
    [InlineData("xchunked, chunked", 501)]
    [InlineData("gzip", 400)]
    [InlineData("xchunked", 400)]
    [InlineData("chunked, gzip", 400)]
    [InlineData("chunked, chunked", 400)]
    [InlineData("chunked, gzip, chunked", 400)]
    [InlineData("chunked;q=1", 400)]
    [InlineData("", 400)]
    public void A_body_is_chunked_once_and_nothing_else(string value, int? status) => Assert.Equal(status, FieldValues.CheckFraming(value)?.Status);
}
