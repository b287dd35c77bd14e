using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class RunArgumentsTests
{
    private static readonly LoadBalancerOptions FromFile = Json.Options("""
        {
          "Listeners": { "web": { "Url": "http://*:80" } },
          "Admin": { "Url": "http://localhost:1234", "Token": "secret" },
          "Routes": { "api": { "ClusterId": "api", "Match": { "Path": "/api/{**rest}" } } },
          "Clusters": { "api": { "Destinations": { "a": { "Address": "http://one:1" } } } }
        }
        """).Options;

    [Fact]
    public void Nothing_typed_leaves_the_configuration_as_it_is() => Assert.Same(FromFile, new RunArguments().ApplyTo(FromFile));

    [Fact]
    public void Typed_listeners_replace_those_of_the_configuration()
    {
        var options = new RunArguments { Listen = ["http://*:81", "http://*:82"] }.ApplyTo(FromFile);

        Assert.Equal(["http://*:81", "http://*:82"], options.Listeners.Values.Select(listener => listener.Url));
    }

    [Theory]
    [InlineData("https://*:443", "")]
    [InlineData("http://*:80", "--tls-cert has no effect: there is no https:// listener without certificates of its own")]
    public void Typed_certificates_need_a_listener_that_shows_them(string listen, string errors)
    {
        var typed = new RunArguments { Listen = [listen], TlsCertificates = ["typed.pem"] };

        Assert.Equal(errors, string.Join('|', typed.Check(typed.ApplyTo(FromFile))));
    }

    [Fact]
    public void A_typed_admin_address_keeps_the_token()
    {
        var options = new RunArguments { Admin = "none" }.ApplyTo(FromFile);

        Assert.Equal(new AdminOptions { Url = "none", Token = "secret" }, options.Admin);
    }

    [Theory]
    [InlineData("localhost:8081", "localhost:8081", "http://localhost:8081")]
    [InlineData("http://localhost:8081", "localhost:8081", "http://localhost:8081")]
    [InlineData("https://backend.example/", "backend.example", "https://backend.example/")]
    [InlineData("[::1]:8081", "[::1]:8081", "http://[::1]:8081")]
    public void A_server_is_named_as_it_was_typed(string server, string name, string address)
    {
        var destination = Assert.Single(Servers(server).Clusters[RunArguments.ServersCluster].Destinations);

        Assert.Equal((name, address), (destination.Key, destination.Value.Address));
    }

    [Fact]
    public void A_server_typed_with_both_schemes_is_two_destinations() => Assert.Equal(
        ["http://localhost:1", "https://localhost:1"],
        Servers("http://localhost:1", "https://localhost:1").Clusters[RunArguments.ServersCluster].Destinations.Keys);

    [Fact]
    public void A_server_typed_twice_is_one_destination() => Assert.Single(Servers("localhost:1", "LOCALHOST:1").Clusters[RunArguments.ServersCluster].Destinations);

    [Fact]
    public void Servers_whose_paths_differ_in_case_are_two_destinations() => Assert.Equal(
        [("http://h/A", "http://h/A"), ("http://h/a-2", "http://h/a")],
        Servers("http://h/A", "http://h/a").Clusters[RunArguments.ServersCluster].Destinations.Select(destination => (destination.Key, destination.Value.Address)));

    [Fact]
    public void Servers_keep_their_order() =>
        Assert.Equal(["c:1", "a:1", "b:1"], Servers("c:1", "a:1", "b:1").Clusters[RunArguments.ServersCluster].Destinations.Keys);

    [Fact]
    public void Servers_are_probed_as_by_default() =>
        Assert.Equal(new ActiveHealthCheckOptions { Enabled = true }, Servers("a:1").Clusters[RunArguments.ServersCluster].HealthCheck.Active);

    [Fact]
    public void Health_options_are_about_the_servers()
    {
        var arguments = new RunArguments
        {
            Servers = ["a:1"],
            HealthPath = "/up",
            HealthInterval = TimeSpan.FromSeconds(1),
            HealthTimeout = TimeSpan.FromSeconds(2),
            HealthRise = 3,
            HealthFall = 4,
        };

        Assert.Equal(
            new ActiveHealthCheckOptions { Enabled = true, Path = "/up", Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(2), Rise = 3, Fall = 4 },
            arguments.ApplyTo(new LoadBalancerOptions()).Clusters[RunArguments.ServersCluster].HealthCheck.Active);
    }

    [Fact]
    public void Servers_alone_need_no_route() => Assert.Empty(Servers("a:1").Routes);

    [Fact]
    public void Servers_beside_other_clusters_take_what_no_route_matches()
    {
        var options = new RunArguments { Servers = ["a:1"] }.ApplyTo(FromFile);

        Assert.Equal((RunArguments.ServersCluster, int.MaxValue), options.Routes[RunArguments.ServersCluster] is var route ? (route.ClusterId, route.Order) : default);
    }

    [Fact]
    public void Servers_replace_a_cluster_of_their_name()
    {
        var options = new RunArguments { Servers = ["a:1"] }.ApplyTo(Json.Options("""{ "Clusters": { "Default": { "Destinations": { "old": { "Address": "http://old" } } } } }""").Options);

        Assert.Equal(["a:1"], Assert.Single(options.Clusters).Value.Destinations.Keys);
    }

    [Fact]
    public void Servers_make_a_configuration_that_can_be_run() =>
        Assert.Empty(LoadBalancerOptionsValidator.Validate(new RunArguments { Servers = ["a:1", "https://b"] }.ApplyTo(FromFile)));

    [Theory]
    [InlineData("localhost:8081", 1)]
    [InlineData("localhost:8081;weight=3", 3)]
    [InlineData("http://localhost:8081;weight=3", 3)]
    [InlineData("localhost:8081 ; Weight=0", 0)]
    public void A_server_has_the_weight_that_stands_behind_it_and_no_part_of_that_in_its_name(string server, int weight)
    {
        var (name, destination) = Assert.Single(Servers(server).Clusters["default"].Destinations);

        Assert.Equal(("localhost:8081", "http://localhost:8081", weight), (name, destination.Address, destination.Weight));
    }

    private static LoadBalancerOptions Servers(params string[] servers) => new RunArguments { Servers = servers }.ApplyTo(new LoadBalancerOptions());
}
