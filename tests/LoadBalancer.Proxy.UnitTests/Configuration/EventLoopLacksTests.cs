using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class EventLoopLacksTests
{
    [Fact]
    public void An_ordinary_configuration_lacks_nothing() => Assert.Null(EventLoopLacks.First(With(new ClusterOptions { Destinations = To("http://a:1/inner") })));

    [Theory]
    [InlineData("https://a:1", true)]
    [InlineData("HTTPS://a:1", true)]
    [InlineData("https+http://a", true)]
    [InlineData("http+https://a", false)]
    [InlineData("https+http://plain", false)]
    [InlineData("https+http://both", true)]
    [InlineData("http://both", false)]
    public void TLS_to_a_destination_is_lacking(string address, bool lacks)
    {
        var services = new ServiceDirectory(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["services:plain:http:0"] = "http://10.0.0.1:80",
            ["services:both:http:0"] = "http://10.0.0.1:80",
            ["services:both:https:0"] = "https://10.0.0.1:443",
        }).Build().GetSection("services"));

        Assert.Equal(lacks ? "Clusters:web:Destinations:a:Address" : null, EventLoopLacks.First(With(new ClusterOptions { Destinations = To(address) }), services)?.Path);
    }

    [Fact]
    public void TLS_to_destinations_that_are_found_is_lacking()
    {
        Assert.Equal("Clusters:web:Discovery:Dns:Scheme", EventLoopLacks.First(With(new ClusterOptions { Discovery = new() { Dns = new() { Scheme = DestinationScheme.Https } } }))?.Path);
        Assert.Equal("Clusters:web:Discovery:Kubernetes:Scheme", EventLoopLacks.First(With(new ClusterOptions { Discovery = new() { Kubernetes = new() { Scheme = DestinationScheme.Https } } }))?.Path);
        Assert.Null(EventLoopLacks.First(With(new ClusterOptions { Discovery = new() { Dns = new() } })));
    }

    [Theory]
    [InlineData("1.0", HttpVersionPolicy.RequestVersionOrLower, true)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionExact, false)]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionOrHigher, false)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionOrLower, false)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionExact, true)]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionOrHigher, true)]
    [InlineData("3.0", HttpVersionPolicy.RequestVersionOrLower, false)]
    public void Any_version_but_HTTP11_is_lacking(string version, HttpVersionPolicy policy, bool lacks)
    {
        var cluster = new ClusterOptions { HttpRequest = new() { Version = Version.Parse(version), VersionPolicy = policy } };

        Assert.Equal(lacks ? "Clusters:web:HttpRequest:Version" : null, EventLoopLacks.First(With(cluster))?.Path);
    }

    [Theory]
    [InlineData("http://*:80", null, null)]
    [InlineData("http://*:80", ListenerProtocols.Http1, null)]
    [InlineData("http://*:80", ListenerProtocols.Http2, "Listeners:a:Protocols")]
    [InlineData("http://*:80", ListenerProtocols.Http1AndHttp2, "Listeners:a:Protocols")]
    [InlineData("https://*:443", null, "Listeners:a:Url")]
    public void TLS_and_HTTP2_of_a_listener_are_lacking(string url, ListenerProtocols? protocols, string? path) =>
        Assert.Equal(path, EventLoopLacks.OfListener("Listeners:a:Url", new ListenerOptions { Url = url, Protocols = protocols }).SingleOrDefault()?.Path);

    private static LoadBalancerOptions With(ClusterOptions cluster) => new() { Clusters = new Dictionary<string, ClusterOptions> { ["web"] = cluster } };

    private static Dictionary<string, DestinationOptions> To(string address) => new() { ["a"] = new DestinationOptions { Address = address } };
}
