using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class HealthValidatorTests
{
    [Theory]
    [InlineData("""{ "Path": "up" }""", "Path: 'up' does not begin with /")]
    [InlineData("""{ "Query": "a=1" }""", "Query: 'a=1' does not begin with ?")]
    [InlineData("""{ "Method": "GET /" }""", "Method: 'GET /' is not a method to ask with")]
    [InlineData("""{ "Method": "CONNECT" }""", "Method: 'CONNECT' is not a method to ask with")]
    [InlineData("""{ "Method": "HEAD", "Body": "ok" }""", "Body: has no effect: Method is HEAD, which is answered without a body")]
    [InlineData("""{ "Kind": "Tcp", "Body": "ok" }""", "Body: has no effect: Kind is Tcp")]
    [InlineData("""{ "Kind": "Grpc", "Body": "ok" }""", "Body: has no effect: Kind is Grpc")]
    [InlineData("""{ "Kind": "Tcp", "Path": "/up" }""", "Path: has no effect: Kind is Tcp")]
    [InlineData("""{ "Kind": "Grpc", "Query": "?a=1" }""", "Query: has no effect: Kind is Grpc")]
    [InlineData("""{ "Kind": "Grpc", "Method": "HEAD" }""", "Method: has no effect: Kind is Grpc")]
    [InlineData("""{ "Kind": "Grpc", "Statuses": "200" }""", "Statuses: has no effect: Kind is Grpc")]
    [InlineData("""{ "Kind": "Grpc", "Version": "1.1" }""", "Version: has no effect: Kind is Grpc")]
    [InlineData("""{ "Service": "orders" }""", "Service: has no effect: Kind is Http, not Grpc")]
    [InlineData("""{ "Kind": "Tcp", "Headers": { "X": "1" } }""", "Headers: has no effect: Kind is Tcp")]
    [InlineData("""{ "Headers": { "X Y": "1" } }""", "Headers:X Y: 'X Y' is not the name of a header")]
    [InlineData("""{ "Headers": { "Transfer-Encoding": "chunked" } }""", "Headers:Transfer-Encoding: Transfer-Encoding is not for a probe to send: it has no body, and one connection for itself")]
    [InlineData("""{ "Headers": { "Content-Type": "text/plain" } }""", "Headers:Content-Type: Content-Type is not for a probe to send: it has no body, and one connection for itself")]
    [InlineData("""{ "Headers": { "X": "a\r\nb" } }""", "Headers:X: 'a\r\nb' is not a value of X")]
    [InlineData("""{ "Headers": { "Host": "a b" } }""", "Headers:Host: 'a b' is not a value of Host")]
    public void A_probe_that_cannot_be_sent_as_it_is_written_is_an_error(string active, string error) =>
        Assert.Equal([$"Clusters:c:HealthCheck:Active:{error}"], Validate($$"""{ "HealthCheck": { "Active": {{active}} } }"""));

    [Theory]
    [InlineData("""{ "OutlierDetection": {}, "HealthCheck": { "Passive": { "Enabled": true } } }""", "HealthCheck:Passive:Enabled: says the same as OutlierDetection in other words: keep one of the two")]
    [InlineData("""{ "OutlierDetection": { "EjectionTime": "10m" } }""", "OutlierDetection:MaximumEjectionTime: 5m is less than EjectionTime, 10m")]
    [InlineData("""{ "OutlierDetection": { "ConsecutiveFailures": 0 } }""", "OutlierDetection: looks for nothing: ConsecutiveFailures is 0, and there is neither FailureRate nor Latency")]
    public void Outlier_detection_that_cannot_work_as_it_is_written_is_an_error(string cluster, string error) => Assert.Equal([$"Clusters:c:{error}"], Validate(cluster));

    [Fact]
    public void Two_readings_of_the_same_headers_are_equal()
    {
        Assert.Equal(Read("1"), Read("1"));
        Assert.NotEqual(Read("1"), Read("2"));

        static ActiveHealthCheckOptions Read(string value) => new() { Headers = new Dictionary<string, string> { ["X"] = value } };
    }

    private static string[] Validate(string cluster)
    {
        var (options, errors) = Json.Options($$"""{ "Clusters": { "c": {{cluster}} } }""");
        Assert.Empty(errors);
        return LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()).ToArray();
    }
}
