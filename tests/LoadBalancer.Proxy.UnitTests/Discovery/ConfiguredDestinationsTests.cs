using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class ConfiguredDestinationsTests
{
    private const string Services = """
        {
          "backend": { "http": [ "http://h:1", "http://h:2", "http://h:3" ], "admin": [ "http://h:9" ] },
          "secure": { "http": [ "http://s:1" ], "https": [ "https://s:2" ] },
          "empty": { "other": [ "http://e:1" ] },
          "hollow": { "http": [] },
          "garbage": { "http": [ "what" ] },
          "odd": { "http": [ "http://o:0", "http://u@o:1/?q" ] },
          "broken": { "http": [ "not an address", "ftp://b:1", "http://b:2" ] }
        }
        """;

    [Theory]
    [InlineData("http://host:8080", "a=http://host:8080/")]
    [InlineData("https://host/prefix", "a=https://host/prefix")]
    [InlineData("http://backend", "a-1=http://h:1/ a-2=http://h:2/ a-3=http://h:3/")]
    [InlineData("http://_admin.backend", "a-1=http://h:9/")]
    [InlineData("https+http://secure", "a-1=https://s:2/")]
    [InlineData("https+http://backend", "a-1=http://h:1/ a-2=http://h:2/ a-3=http://h:3/")]
    [InlineData("https+http://elsewhere:8080/prefix", "a=https://elsewhere:8080/prefix")]
    [InlineData("https+http://elsewhere", "a=https://elsewhere/")]
    [InlineData("http+https://elsewhere", "a=http://elsewhere/")]
    [InlineData("http://empty", "")]
    [InlineData("http://broken", "a-3=http://b:2/")]
    public void An_address_becomes_destinations(string address, string destinations) => Assert.Equal(destinations, Resolve(("a", address)));

    [Theory]
    [InlineData("eu-1a", "a b* c pod*")]
    [InlineData("EU-1B", "a* b c pod*")]
    [InlineData("eu-1c", "a* b* c pod")]
    [InlineData("", "a b c pod")]
    [InlineData(null, "a b c pod")]
    public void Who_is_in_another_zone_than_the_proxy_is_elsewhere(string? zone, string expected)
    {
        var options = Json.Options("""{ "Clusters": { "web": { "Discovery": {}, "Destinations": { "a": { "Address": "http://a", "Zone": "eu-1a" }, "b": { "Address": "http://b", "Zone": "eu-1b" }, "c": { "Address": "http://c" } } } } }""").Options;

        var web = ConfiguredDestinations.Define(
            new ConfigurationReading(options with { Zone = zone }, Json.Services("{}")), (_, _) => [Make.Definition("pod") with { Zone = "eu-1c" }], NullLogger.Instance).Single();

        Assert.Equal(expected, string.Join(' ', web.Destinations.Select(destination => destination.IsElsewhere ? $"{destination.Name}*" : destination.Name)));
    }

    [Fact]
    public void Of_two_destinations_with_one_address_the_first_stays() =>
        Assert.Equal("a-1=http://h:1/ a-2=http://h:2/ a-3=http://h:3/ c=http://h:4/", Resolve(("a", "http://backend"), ("b", "http://h:2"), ("c", "http://h:4")));

    [Theory]
    [InlineData("http://h:1/", "http://h:1")]
    [InlineData("http://H:80/a", "http://h/a/")]
    public void Two_spellings_of_an_address_are_one_destination(string one, string other) => Assert.Single(Resolve(("a", one), ("b", other)).Split(' '));

    // The operator drains, and the gauges count, by name.
    [Theory]
    [InlineData("a-1", "a-1-2=http://h:1/ a-2=http://h:2/ a-3=http://h:3/ a-1=http://x/")]
    [InlineData("A-2", "a-1=http://h:1/ a-2-2=http://h:2/ a-3=http://h:3/ A-2=http://x/")]
    public void A_name_that_the_operator_gave_stays_and_the_one_of_a_service_gives_way(string name, string destinations) =>
        Assert.Equal(destinations, Resolve(("a", "http://backend"), (name, "http://x")));

    [Theory]
    [InlineData("http://empty", "Warning destination a has no address: the service in http://empty has no such endpoint; its endpoints with addresses: other")]
    [InlineData("http://_http.empty", "Warning destination a has no address: the service in http://_http.empty has no such endpoint; its endpoints with addresses: other")]
    [InlineData("http://hollow", "Warning destination a has no address: the service in http://hollow has no such endpoint; its endpoints with addresses: none")]
    [InlineData("http://garbage", "Error destination a: of the service in http://garbage, 'what' is not an address: write http://host:port or https://host:port")]
    [InlineData("http://odd", "Error destination a: of the service in http://odd, 'http://o:0' has port 0, to which nobody can connect|Error destination a: of the service in http://odd, 'http://u@o:1/?q' has a user, a query or a fragment, which an address cannot have")]
    [InlineData("http://backend", "")]
    [InlineData("http://elsewhere", "")]
    public void An_address_that_a_service_does_not_have_is_told(string address, string said)
    {
        using var logs = new RecordedLogs();
        var cluster = new ClusterOptions { Destinations = new Dictionary<string, DestinationOptions> { ["a"] = new() { Address = address } } };

        ConfiguredDestinations.Resolve(cluster, Json.Services(Services), logs.CreateLogger(""));

        Assert.Equal(said, string.Join('|', logs.Records.Select(record => $"{record.Level} {record.Message}")));
    }

    [Fact]
    public void Host_and_probe_address_hold_for_every_address_of_a_service()
    {
        var cluster = new ClusterOptions
        {
            Destinations = new Dictionary<string, DestinationOptions> { ["a"] = new() { Address = "http://backend", Host = "www", Health = "http://probe:1" } },
        };

        var resolved = ConfiguredDestinations.Resolve(cluster, Json.Services(Services), NullLogger.Instance);

        Assert.All(resolved, destination => Assert.Equal(("www", new Uri("http://probe:1")), (destination.Host, destination.ProbeAddress)));
    }

    [Fact]
    public void Each_cluster_of_the_configuration_is_defined()
    {
        var options = Json.Options("""{ "Clusters": { "web": { "Destinations": { "b": { "Address": "http://backend" }, "x": { "Address": "http://x" } } }, "none": {} } }""").Options;

        var clusters = ConfiguredDestinations.Define(new ConfigurationReading(options, Json.Services(Services)), (_, _) => [], NullLogger.Instance);

        Assert.Equal(
            ["none: ", "web: b-1 b-2 b-3 x"],
            clusters.Select(cluster => $"{cluster.Name}: {string.Join(' ', cluster.Destinations.Select(destination => destination.Name))}").Order());
    }

    private static string Resolve(params (string Name, string Address)[] destinations)
    {
        var cluster = new ClusterOptions { Destinations = destinations.ToDictionary(d => d.Name, d => new DestinationOptions { Address = d.Address }) };
        return string.Join(' ', ConfiguredDestinations.Resolve(cluster, Json.Services(Services), NullLogger.Instance).Select(Describe));
    }

    private static string Describe(DestinationDefinition destination) => $"{destination.Name}={destination.Address.AbsoluteUri}";
}
