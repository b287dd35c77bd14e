using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class DiscoveryValidatorTests
{
    [Theory]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80 } }""")]
    [InlineData("""{ "Dns": { "Name": "web.example.com.", "Port": 80, "Servers": ["10.0.0.2", "10.0.0.2:5353", "::1", "[::1]:5353"] } }""")]
    [InlineData("""{ "Dns": { "Name": "_http._tcp.web", "Record": "Srv" } }""")]
    [InlineData("""{ "Kubernetes": { "Service": "web" } }""")]
    [InlineData("""{ "Kubernetes": { "Service": "web", "Namespace": "shop", "Port": "8080", "Url": "https://kube:6443" } }""")]
    public void What_is_right_is_taken(string discovery) => Assert.Equal("", Errors(discovery));

    [Theory]
    [InlineData("{}", "finds nothing: it says nowhere to look. Write Dns or Kubernetes")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80 }, "Kubernetes": { "Service": "web" } }""", "has both Dns and Kubernetes: keep one of the two")]
    [InlineData("""{ "Kubernetes": {} }""", "Kubernetes:Service is missing")]
    [InlineData("""{ "Kubernetes": { "Service": "Web", "Namespace": "-a" } }""", "Kubernetes:Service 'Web' is not a name in Kubernetes: write small letters, digits and hyphens|Kubernetes:Namespace '-a' is not a name in Kubernetes: write small letters, digits and hyphens")]
    [InlineData("""{ "Kubernetes": { "Service": "web", "Port": "70000" } }""", "Kubernetes:Port '70000' is not a port: write its name, or a number from 1 to 65535")]
    [InlineData("""{ "Kubernetes": { "Service": "web", "Url": "kube:6443" } }""", "Kubernetes:Url 'kube:6443' is not an address: write http://host:port or https://host:port")]
    [InlineData("""{ "Kubernetes": { "Service": "web", "TokenFile": "/no/such/token" } }""", "Kubernetes:TokenFile there is no file /no/such/token")]
    [InlineData("""{ "Dns": {} }""", "Dns:Name is missing|Dns:Port is missing: addresses in DNS have no port")]
    [InlineData("""{ "Dns": { "Name": "web" } }""", "Dns:Port is missing: addresses in DNS have no port")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 0 } }""", "Dns:Port 0 is out of range: from 1 to 65535")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80, "Record": "Srv" } }""", "Dns:Port has no effect: SRV records have ports of their own")]
    [InlineData("""{ "Dns": { "Name": "10.0.0.1", "Port": 80 } }""", "Dns:Name '10.0.0.1' is not a name to look up: write a host name, such as web.example.com")]
    [InlineData("""{ "Dns": { "Name": "http://web", "Port": 80 } }""", "Dns:Name 'http://web' is not a name to look up: write a host name, such as web.example.com")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80, "Servers": ["dns"] } }""", "Dns:Servers:0 'dns' is not a DNS server: write its IP address, and a port if it is not 53, as in 10.0.0.2:5353")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80, "Host": "a b" } }""", "Dns:Host 'a b' is not a host: write name or name:port")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80, "MinimumInterval": "1m" } }""", "Dns:MaximumInterval 30s is less than MinimumInterval, 1m")]
    [InlineData("""{ "Dns": { "Name": "web", "Port": 80, "Ttl": "1m" } }""", "Dns:Ttl unknown key")]
    public void What_is_wrong_is_said(string discovery, string errors) => Assert.Equal(errors, Errors(discovery));

    [Fact]
    public void Over_TLS_there_must_be_a_name_for_the_certificates() => Assert.Equal(
        "HttpClient:Tls:ServerName is missing: destinations that are found have addresses and no names, so say for which name their certificates are",
        Errors("""{ "Dns": { "Name": "web", "Port": 443, "Scheme": "Https" } }"""));

    [Fact]
    public void Options_are_the_same_when_their_lists_are() => Assert.Equal(
        (true, false, false),
        (Options("10.0.0.2").IsSameAs(Options("10.0.0.2")), Options("10.0.0.2").IsSameAs(Options("10.0.0.3")), Options("10.0.0.2").IsSameAs(Options("10.0.0.2") with { Dns = null })));

    private static DiscoveryOptions Options(string server) => new() { Dns = new() { Name = "web", Port = 80, Servers = [server] } };

    private static string Errors(string discovery)
    {
        var (options, errors) = Json.Options($$"""{ "Clusters": { "web": { "Discovery": {{discovery}} } } }""");
        errors.AddRange(LoadBalancerOptionsValidator.Validate(options).Where(late => !errors.Exists(early => early.Path == late.Path)));
        return string.Join('|', errors.Select(error =>
            $"{error.Path.Replace("Clusters:web:", "", StringComparison.Ordinal).Replace("Discovery:", "", StringComparison.Ordinal)} {error.Message.Split(';')[0]}".Replace("Discovery ", "", StringComparison.Ordinal)));
    }
}
