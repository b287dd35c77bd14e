using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class GrpcStatusTests
{
    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc; charset=utf-8", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpc-web+proto", false)]
    [InlineData("application/json", false)]
    [InlineData("", false)]
    public void A_call_is_known_by_its_media_type(string contentType, bool isCall) => Assert.Equal(isCall, GrpcStatus.IsCall(contentType));

    // 14 is UNAVAILABLE, 4 DEADLINE_EXCEEDED, 12 UNIMPLEMENTED, 8 RESOURCE_EXHAUSTED.
    [Theory]
    [InlineData(503, 14)]
    [InlineData(502, 14)]
    [InlineData(504, 4)]
    [InlineData(404, 12)]
    [InlineData(429, 8)]
    public void A_refusal_has_the_status_that_clients_act_on(int status, int code) => Assert.Equal(code, GrpcStatus.Of(status));

    [Fact]
    public void Every_refusal_has_a_status_that_says_more_than_unknown() =>
        Assert.Equal([414, 505], Refusal.All.Select(refusal => refusal.Status).Distinct().Where(status => GrpcStatus.Of(status) == 2));
}
