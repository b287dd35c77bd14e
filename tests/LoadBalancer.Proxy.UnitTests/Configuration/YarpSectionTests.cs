using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class YarpSectionTests
{
    private const string Web = """ "web": { "Destinations": { "a": { "Address": "http://a.example/" } } } """;

    [Fact]
    public void Where_it_is_silent_YARPs_defaults_hold()
    {
        var cluster = ClusterOf("""{ "HealthCheck": { "Active": { "Enabled": true } } }""");

        var (active, passive) = (cluster.HealthCheck.Active, cluster.HealthCheck.Passive);
        Assert.Equal(LoadBalancingPolicy.PowerOfTwoChoices, cluster.LoadBalancingPolicy);
        Assert.Equal((TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), 2, 1), (active.Interval, active.Timeout, active.Fall, active.Rise));
        Assert.Equal((true, false, true), (active.Statuses.Contains(204), active.Statuses.Contains(302), cluster.Panic.Threshold is > 0 and < 0.001));
        Assert.Equal((TimeSpan.FromSeconds(60), 0.3), (passive.ReactivationPeriod, passive.FailureRateLimit));
        Assert.Equal((TimeSpan.FromDays(1), TimeSpan.FromSeconds(100)), (cluster.HttpRequest.Timeout, cluster.HttpRequest.ActivityTimeout));
    }

    [Fact]
    public void What_is_said_goes_before_YARPs_defaults()
    {
        var cluster = ClusterOf("""{ "LoadBalancingPolicy": "LeastRequests", "HealthCheck": { "Active": { "Interval": "00:00:07", "Timeout": "3s" } } }""");

        Assert.Equal(
            (LoadBalancingPolicy.LeastRequests, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(3)),
            (cluster.LoadBalancingPolicy, cluster.HealthCheck.Active.Interval, cluster.HealthCheck.Active.Timeout));
    }

    [Fact]
    public void Our_own_section_keeps_our_defaults_beside_it()
    {
        var options = Read("""{ "LoadBalancer": { "Clusters": { "ours": {} }, "Routes": { "r": { "ClusterId": "theirs" } } }, "ReverseProxy": { "Clusters": { "theirs": {} } } }""");

        Assert.Equal(
            (LoadBalancingPolicy.RoundRobin, LoadBalancingPolicy.PowerOfTwoChoices),
            (options.Clusters["ours"].LoadBalancingPolicy, options.Clusters["theirs"].LoadBalancingPolicy));
    }

    [Theory]
    [InlineData("""{ "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "5" } }""", 5)]
    [InlineData("""{ "Metadata": {} }""", 2)]
    [InlineData("""{ "Metadata": null }""", 2)]
    public void The_threshold_of_consecutive_failures_is_read_from_the_metadata(string cluster, int fall) => Assert.Equal(fall, ClusterOf(cluster).HealthCheck.Active.Fall);

    [Fact]
    public void The_limit_of_the_failure_rate_is_read_from_the_metadata()
    {
        var cluster = ClusterOf("""{ "HealthCheck": { "Passive": { "Enabled": true } }, "Metadata": { "TransportFailureRateHealthPolicy.RateLimit": "0.5" } }""");

        Assert.Equal(0.5, cluster.HealthCheck.Passive.AsOutlierDetection()?.FailureRate?.Share);
    }

    [Theory]
    [InlineData("HealthyOrPanic", true)]
    [InlineData("healthyandunknown", false)]
    public void When_none_is_healthy_all_are_tried_or_none(string policy, bool panics) =>
        Assert.Equal(panics, ClusterOf($$"""{ "HealthCheck": { "AvailableDestinationsPolicy": "{{policy}}" } }""").Panic.Threshold > 0);

    [Theory]
    [InlineData("http://a.example/", null, "a.example")]
    [InlineData("https://a.example:8443/path", null, "a.example:8443")]
    [InlineData("http://a.example/", "other.example", "other.example")]
    public void A_destination_is_asked_under_its_own_host(string address, string? host, string sent) => Assert.Equal(
        sent,
        ClusterOf($$"""{ "Destinations": { "a": { "Address": "{{address}}", "Host": {{(host is null ? "null" : $"\"{host}\"")}} } } }""").Destinations["a"].Host);

    [Theory]
    [InlineData("""{ "Timeout": "00:01:00" }""", 60)]
    [InlineData("""{ "TimeoutPolicy": "Disable" }""", 86_400)]
    [InlineData("""{ "TimeoutPolicy": "Default" }""", null)]
    [InlineData("{}", null)]
    public void The_timeout_of_a_route_is_read(string route, int? seconds) => Assert.Equal(seconds, RouteOf(route).Timeout?.TotalSeconds);

    [Fact]
    public void Paths_count_before_hosts() => Assert.True(RouteOf("{}").PrefersPath);

    [Fact]
    public void Keys_of_ours_may_stand_among_those_of_YARP()
    {
        var options = Read("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "RateLimit": { "Requests": 5 } } }, "Clusters": { "c": { "SlowStart": {}, "Retry": { "MaxAttempts": 2 } } } } }""");

        Assert.Equal((5, 2, true), (options.Routes["r"].RateLimit?.Requests, options.Clusters["c"].Retry.MaxAttempts, options.Clusters["c"].SlowStart is not null));
    }

    [Theory]
    [InlineData("AuthorizationPolicy", "Anonymous")]
    [InlineData("CorsPolicy", "Disable")]
    [InlineData("RateLimiterPolicy", "disable")]
    [InlineData("MaxRequestBodySize", "-1")]
    [InlineData("MaxRequestBodySize", "30000000")]
    public void What_is_the_case_anyhow_may_be_said(string key, string value) => RouteOf($$"""{ "{{key}}": "{{value}}" }""");

    [Theory]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "web", "AuthorizationPolicy": "Admins" } }, "Clusters": { @ } }""",
        "ReverseProxy:Routes:r:AuthorizationPolicy: is not there: who may ask is for the destinations to say, or for a proxy in front. Leave it out, or write Anonymous")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "web", "Timeout": "00:01:00", "TimeoutPolicy": "Disable" } }, "Clusters": { @ } }""", "ReverseProxy:Routes:r:TimeoutPolicy: says the same as Timeout: keep one of the two")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "web", "Metadata": { "a": "b" } } }, "Clusters": { @ } }""", "ReverseProxy:Routes:r:Metadata: has no effect: no code of yours runs here that could read it. Leave it out")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "wob" } }, "Clusters": { @ } }""", "ReverseProxy:Routes:r:ClusterId: no cluster is named 'wob'; clusters: web")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "web", "Match": { "Path": "/a*" } } }, "Clusters": { @ } }""", "ReverseProxy:Routes:r:Match:Path: 'a*' is not a literal segment, {name} or {**name}")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "web", "Odrer": 1 } }, "Clusters": { @ } }""", "ReverseProxy:Routes:r:Odrer: unknown key; did you mean 'Order'?")]
    [InlineData("""{ "Clusters": { "web": { "HttpClient": { "SslProtocols": [ "Tls12" ], "WebProxy": null } } } }""",
        "ReverseProxy:Clusters:web:HttpClient:SslProtocols: is not there: the versions of TLS are those that the operating system allows. Leave it out")]
    [InlineData("""{ "Clusters": { "web": { "HttpClient": { "WebProxy": { "Address": "http://p" } } } } }""", "ReverseProxy:Clusters:web:HttpClient:WebProxy: is not there: destinations are asked directly. Leave it out")]
    [InlineData("""{ "Clusters": { "web": { "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "many" } } } }""",
        "ReverseProxy:Clusters:web:Metadata:ConsecutiveFailuresHealthPolicy.Threshold: 'many' is not a whole number")]
    [InlineData("""{ "Clusters": { "web": { "Metadata": { "TransportFailureRateHealthPolicy.RateLimit": "30" } } } }""",
        "ReverseProxy:Clusters:web:Metadata:TransportFailureRateHealthPolicy.RateLimit: '30' is not a share between 0 and 1, such as 0.3")]
    [InlineData("""{ "Clusters": { "web": { "Metadata": { "Mine": "1" } } } }""", "ReverseProxy:Clusters:web:Metadata:Mine: has no effect: no code of yours runs here that could read it. Leave it out")]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Address": "a" } } } } }""", "ReverseProxy:Clusters:web:Destinations:a:Address: 'a' is not an address: write http://host:port or https://host:port")]
    [InlineData("""{ "Clusters": { @ }, "Listeners": {} }""", "ReverseProxy:Listeners: unknown key; known here: Routes, Clusters")]
    [InlineData("\"x\"", "ReverseProxy: must be an object with the keys Routes, Clusters, not a value")]
    public void What_cannot_work_is_one_error_that_says_what_to_do(string section, string error) =>
        Assert.Equal([$"{error} (appsettings.json)"], Errors($$"""{ "ReverseProxy": {{section.Replace("@", Web, StringComparison.Ordinal)}} }"""));

    [Fact]
    public void What_stands_in_both_sections_is_an_error() => Assert.Equal(
        ["ReverseProxy:Clusters:web: is in the section LoadBalancer as well: keep one of the two (appsettings.json)"],
        Errors($$"""{ "LoadBalancer": { "Clusters": { "WEB": {} } }, "ReverseProxy": { "Clusters": { {{Web}} } } }"""));

    [Fact]
    public void The_section_may_stand_in_the_file_of_config()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", $$"""{ "ShutdownTimeout": "7s", "ReverseProxy": { "Clusters": { {{Web}} } } }""");

        var options = new ConfigurationSource(new RunArguments { ConfigFile = file }, folder.Path, "Test").Read().Options;

        Assert.Equal((TimeSpan.FromSeconds(7), "a.example"), (options.ShutdownTimeout, options.Clusters["web"].Destinations["a"].Host));
    }

    [Fact]
    public void An_error_in_the_file_of_config_names_the_file()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", """{ "ReverseProxy": { "Clusters": { "web": { "Ploicy": 1 } } } }""");

        var exception = Assert.Throws<ConfigurationException>(() => new ConfigurationSource(new RunArguments { ConfigFile = file }, folder.Path, "Test").Read());

        Assert.EndsWith($"({file})", Assert.Single(exception.Errors).ToString(), StringComparison.Ordinal);
    }

    private static ClusterOptions ClusterOf(string json) => Read($$"""{ "ReverseProxy": { "Clusters": { "c": {{json}} } } }""").Clusters["c"];

    private static RouteOptions RouteOf(string json) =>
        Read($$"""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "web", {{json.Trim()[1..^1]}} } }, "Clusters": { {{Web}} } } }""").Routes["r"];

    private static LoadBalancerOptions Read(string settings)
    {
        using var folder = new TempFolder();
        folder.Write("appsettings.json", settings);
        return new ConfigurationSource(new RunArguments(), folder.Path, "Test").Read().Options;
    }

    private static string[] Errors(string settings) => [.. Assert.Throws<ConfigurationException>(() => Read(settings)).Errors.Select(error => error.ToString())];
}
