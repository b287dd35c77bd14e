using System.Net;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class StrictReaderTests
{
    private const string Keys = "Listeners, Routes, Clusters, Admin, AccessLog, Overload, Acme, Limits, TrustedProxies, Zone, Engine, EventLoops, IoUring, ShutdownTimeout, ShutdownDelay, TakeOver";

    [Theory]
    [InlineData("""{ "Cluster": {} }""", "Cluster: unknown key; did you mean 'Clusters'?")]
    [InlineData("""{ "Bananas": {} }""", $"Bananas: unknown key; known here: {Keys}")]
    [InlineData("""{ "Admin": { "Tokn": "x" } }""", "Admin:Tokn: unknown key; did you mean 'Token'?")]
    [InlineData("""{ "Clusters": { "web": { "HealthCheck": { "Active": { "Intreval": "1s" } } } } }""",
        "Clusters:web:HealthCheck:Active:Intreval: unknown key; did you mean 'Interval'?")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Headers": [ { "Name": "x", "Valeus": [] } ] } } } }""",
        "Routes:r:Match:Headers:0:Valeus: unknown key; did you mean 'Values'?")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "QueryParameters": [ { "Nmae": "x", "Name": "x" } ] } } } }""",
        "Routes:r:Match:QueryParameters:0:Nmae: unknown key; did you mean 'Name'?")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Shceme": "https" } } } }""", "Routes:r:Redirect:Shceme: unknown key; did you mean 'Scheme'?")]
    [InlineData("""{ "Routes": { "r": { "Split": { "Cluster": { "a": 1 } } } } }""", "Routes:r:Split:Cluster: unknown key; did you mean 'Clusters'?")]
    public void An_unknown_key_is_an_error_that_names_the_nearest(string json, string error) => Assert.Equal([error], Json.Errors(json));

    [Theory]
    [InlineData("""{ "ShutdownTimeout": "30" }""", "ShutdownTimeout: '30' is not a span of time: write 500ms, 10s, 2m, 1h, 7d or hh:mm:ss")]
    [InlineData("""{ "Clusters": { "c": { "LoadBalancingPolicy": "Fastest" } } }""", "Clusters:c:LoadBalancingPolicy: 'Fastest' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("""{ "Clusters": { "c": { "LoadBalancingPolicy": "0" } } }""", "Clusters:c:LoadBalancingPolicy: '0' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("""{ "Clusters": { "c": { "LoadBalancingPolicy": "" } } }""", "Clusters:c:LoadBalancingPolicy: '' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Headers": [ { "Name": "x", "Mode": "HeaderPrefix,Contains" } ] } } } }""",
        "Routes:r:Match:Headers:0:Mode: 'HeaderPrefix,Contains' is not one of ExactHeader, HeaderPrefix, Contains, NotContains, Exists, NotExists")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "QueryParameters": [ { "Name": "x", "Mode": "NotExists" } ] } } } }""",
        "Routes:r:Match:QueryParameters:0:Mode: 'NotExists' is not one of Exact, Contains, NotContains, Prefix, Exists")]
    [InlineData("""{ "Routes": { "r": { "Split": { "Clusters": { "a": "5 %" } } } } }""", "Routes:r:Split:Clusters:a: '5 %' is not a whole number")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Enabled": "yes" } } } } }""", "Clusters:c:HealthCheck:Active:Enabled: 'yes' is not true or false")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Rise": "1.5" } } } } }""", "Clusters:c:HealthCheck:Active:Rise: '1.5' is not a whole number")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Statuses": "2xx" } } } } }""",
        "Clusters:c:HealthCheck:Active:Statuses: '2xx' is not a list of status codes and ranges such as 200-299,304")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Kind": "Ping" } } } } }""", "Clusters:c:HealthCheck:Active:Kind: 'Ping' is not one of Http, Tcp, Grpc")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Passive": { "Policy": "ConsecutiveFailures" } } } } }""",
        "Clusters:c:HealthCheck:Passive:Policy: 'ConsecutiveFailures' is not one of TransportFailureRate")]
    [InlineData("""{ "Clusters": { "c": { "OutlierDetection": { "DryRun": "perhaps" } } } }""", "Clusters:c:OutlierDetection:DryRun: 'perhaps' is not true or false")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Jitter": "10 %" } } } } }""", "Clusters:c:HealthCheck:Active:Jitter: '10 %' is not a number such as 0.5")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Headers": { "X-Probe": [ "1" ] } } } } } }""", "Clusters:c:HealthCheck:Active:Headers:X-Probe: must be a value, not an object or a list")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Headers": "X-Probe: 1" } } } } }""", "Clusters:c:HealthCheck:Active:Headers: must be an object of named entries, not a value")]
    [InlineData("""{ "Clusters": { "c": { "HttpRequest": { "Version": "1.2" } } } }""", "Clusters:c:HttpRequest:Version: '1.2' is not an HTTP version: write 1.0, 1.1, 2 or 3")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Version": "1.2" } } } } }""",
        "Clusters:c:HealthCheck:Active:Version: '1.2' is not an HTTP version: write 1.0, 1.1, 2 or 3")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "VersionPolicy": "Exact" } } } } }""",
        "Clusters:c:HealthCheck:Active:VersionPolicy: 'Exact' is not one of RequestVersionOrLower, RequestVersionOrHigher, RequestVersionExact")]
    [InlineData("""{ "TrustedProxies": [ "10.0.0.0/8", "10.0.0.1/8" ] }""",
        "TrustedProxies:1: '10.0.0.1/8' is not a network such as 10.0.0.0/8 or 2001:db8::/32, with no bits set behind its prefix, or an address")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "Tls": { "CertificateAuthorities": "no-such-file.pem" } } } } }""",
        "Clusters:c:HttpClient:Tls:CertificateAuthorities: 'no-such-file.pem' is not a PEM file with certificates that can be read")]
    [InlineData("""{ "Clusters": { "c": { "PriorityThreshold": "half" } } }""", "Clusters:c:PriorityThreshold: 'half' is not a number such as 0.5")]
    [InlineData("""{ "Clusters": { "c": { "PriorityThreshold": "0,5" } } }""", "Clusters:c:PriorityThreshold: '0,5' is not a number such as 0.5")]
    [InlineData("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://a", "Weight": 1.5 } } } } }""", "Clusters:c:Destinations:a:Weight: '1.5' is not a whole number")]
    public void A_value_of_the_wrong_form_is_an_error(string json, string error) => Assert.Equal([error], Json.Errors(json));

    [Theory]
    [InlineData("""{ "Clusters": "web" }""", "Clusters: must be an object of named entries, not a value")]
    [InlineData("""{ "TrustedProxies": "10.0.0.0/8" }""", "TrustedProxies: must be a list, not a value")]
    [InlineData("""{ "Admin": "none" }""", "Admin: must be an object with the keys Url, Token, not a value")]
    [InlineData("""{ "Admin": [ "none" ] }""", "Admin: must be an object with the keys Url, Token, not a list")]
    [InlineData("""{ "Clusters": { "web": "http://a" } }""",
        "Clusters:web: must be an object with the keys LoadBalancingPolicy, Hash, SlowStart, PriorityThreshold, ZonePreference, Panic, HealthCheck, OutlierDetection, SessionAffinity, DrainTimeout, HttpClient, HttpRequest, CircuitBreaker, MaxConcurrentRequests, Queue, Retry, Hedge, Discovery, Fallback, Destinations, not a value")]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": "http://a" } } } }""",
        "Clusters:web:Destinations:a: must be an object with the keys Address, Health, Host, Weight, Priority, Zone, not a value")]
    [InlineData("\"web\"", $"LoadBalancer: must be an object with the keys {Keys}, not a value")]
    [InlineData("[ 1 ]", $"LoadBalancer: must be an object with the keys {Keys}, not a list")]
    [InlineData("""{ "Admin": { "Url": { "Host": "x" } } }""", "Admin:Url: must be a value, not an object or a list")]
    [InlineData("""{ "Admin": { "Url": [ "x" ] } }""", "Admin:Url: must be a value, not an object or a list")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": "a.example" } } } }""", "Routes:r:Match:Hosts: must be a list, not a value")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Methods": { "Get": "GET" } } } } }""", "Routes:r:Match:Methods: must be a list, not an object")]
    public void Lists_objects_and_values_are_not_taken_for_each_other(string json, string error) => Assert.Equal([error], Json.Errors(json));

    [Fact]
    public void An_empty_object_switches_on_what_there_is_none_of_by_default()
    {
        var clusters = Json.Options("""{ "Clusters": { "slow": { "SlowStart": {} }, "quick": {} } }""").Options.Clusters;

        Assert.Equal((new SlowStartOptions(), null), (clusters["slow"].SlowStart, clusters["quick"].SlowStart));
    }

    [Theory]
    [InlineData("""{ "ShutdownTimeout": "48h" }""", "ShutdownTimeout: 2d is out of range: from 0s to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Interval": "1ms" } } } } }""",
        "Clusters:c:HealthCheck:Active:Interval: 1ms is out of range: from 10ms to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Fall": 0 } } } } }""", "Clusters:c:HealthCheck:Active:Fall: 0 is out of range: from 1 to 1000")]
    [InlineData("""{ "Clusters": { "c": { "OutlierDetection": { "MaximumEjectedShare": 50 } } } }""", "Clusters:c:OutlierDetection:MaximumEjectedShare: 50 is out of range: from 0 to 1")]
    [InlineData("""{ "Clusters": { "c": { "OutlierDetection": { "Latency": { "Factor": 1 } } } } }""", "Clusters:c:OutlierDetection:Latency:Factor: 1 is out of range: from 1.1 to 1000")]
    [InlineData("""{ "Clusters": { "c": { "OutlierDetection": { "FailureRate": { "Window": "2h" } } } } }""",
        "Clusters:c:OutlierDetection:FailureRate:Window: 2h is out of range: from 100ms to 1h")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Port": 0 } } } }""", "Routes:r:Redirect:Port: 0 is out of range: from 1 to 65535")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Port": 65536 } } } } }""", "Clusters:c:HealthCheck:Active:Port: 65536 is out of range: from 1 to 65535")]
    [InlineData("""{ "Clusters": { "c": { "HealthCheck": { "Active": { "Jitter": 1.5 } } } } }""", "Clusters:c:HealthCheck:Active:Jitter: 1.5 is out of range: from 0 to 1")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "MaxConnectionsPerServer": 0 } } } }""",
        "Clusters:c:HttpClient:MaxConnectionsPerServer: 0 is out of range: from 1 to 2147483647")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "RateLimit": {} } } }""", "Routes:r:RateLimit:Requests: is missing")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "RateLimit": { "Requests": 0 } } } }""", "Routes:r:RateLimit:Requests: 0 is out of range: from 1 to 1000000")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "RateLimit": { "Requests": 1, "MaxKeys": 99 } } } }""", "Routes:r:RateLimit:MaxKeys: 99 is out of range: from 100 to 10000000")]
    [InlineData("""{ "Clusters": { "c": { "Retry": { "MaxAttempts": 9 } } } }""", "Clusters:c:Retry:MaxAttempts: 9 is out of range: from 1 to 8")]
    [InlineData("""{ "Clusters": { "c": { "Hedge": { "Delay": "0s" } } } }""", "Clusters:c:Hedge:Delay: 0s is out of range: from 1ms to 10m")]
    [InlineData("""{ "Clusters": { "c": { "HttpRequest": { "Timeout": "1ms" } } } }""", "Clusters:c:HttpRequest:Timeout: 1ms is out of range: from 10ms to 1d")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "Timeout": "25h" } } }""", "Routes:r:Timeout: 25h is out of range: from 10ms to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "PooledConnectionIdleTimeout": "0s" } } } }""",
        "Clusters:c:HttpClient:PooledConnectionIdleTimeout: 0s is out of range: from 10ms to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "KeepAlivePingDelay": "0s" } } } }""",
        "Clusters:c:HttpClient:KeepAlivePingDelay: 0s is out of range: from 1s to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "KeepAlivePingTimeout": "48h" } } } }""",
        "Clusters:c:HttpClient:KeepAlivePingTimeout: 2d is out of range: from 1s to 1d")]
    [InlineData("""{ "Clusters": { "c": { "HttpClient": { "DnsRefreshInterval": "0s" } } } }""",
        "Clusters:c:HttpClient:DnsRefreshInterval: 0s is out of range: from 10ms to 1d")]
    [InlineData("""{ "Limits": { "KeepAliveTimeout": "500ms" } }""", "Limits:KeepAliveTimeout: 500ms is out of range: from 1s to 1d")]
    [InlineData("""{ "Limits": { "RequestHeadTimeout": "0s" } }""", "Limits:RequestHeadTimeout: 0s is out of range: from 1s to 1d")]
    [InlineData("""{ "Limits": { "MaxRequestLineSize": 255 } }""", "Limits:MaxRequestLineSize: 255 is out of range: from 256 to 1048576")]
    [InlineData("""{ "Limits": { "MaxRequestHeadSize": 1048577 } }""", "Limits:MaxRequestHeadSize: 1048577 is out of range: from 1024 to 1048576")]
    [InlineData("""{ "Limits": { "MaxRequestBodySize": -1 } }""", "Limits:MaxRequestBodySize: -1 is out of range: from 0 to 9223372036854775807")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c", "MaxRequestBodySize": -2 } } }""", "Routes:r:MaxRequestBodySize: -2 is out of range: from -1 to 9223372036854775807")]
    [InlineData("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://a", "Weight": 1001 } } } } }""", "Clusters:c:Destinations:a:Weight: 1001 is out of range: from 0 to 1000")]
    [InlineData("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://a", "Weight": -1 } } } } }""", "Clusters:c:Destinations:a:Weight: -1 is out of range: from 0 to 1000")]
    [InlineData("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://a", "Priority": 101 } } } } }""", "Clusters:c:Destinations:a:Priority: 101 is out of range: from 0 to 100")]
    [InlineData("""{ "Clusters": { "c": { "PriorityThreshold": 1.5 } } }""", "Clusters:c:PriorityThreshold: 1.5 is out of range: from 0 to 1")]
    [InlineData("""{ "Clusters": { "c": { "ZonePreference": { "Threshold": 1.1 } } } }""", "Clusters:c:ZonePreference:Threshold: 1.1 is out of range: from 0 to 1")]
    [InlineData("""{ "Clusters": { "c": { "Panic": { "Threshold": -0.1 } } } }""", "Clusters:c:Panic:Threshold: -0.1 is out of range: from 0 to 1")]
    [InlineData("""{ "Clusters": { "c": { "SlowStart": { "Time": "1ms" } } } }""", "Clusters:c:SlowStart:Time: 1ms is out of range: from 100ms to 1d")]
    [InlineData("""{ "Clusters": { "c": { "SlowStart": { "Aggression": 0 } } } }""", "Clusters:c:SlowStart:Aggression: 0 is out of range: from 0.1 to 10")]
    [InlineData("""{ "Clusters": { "c": { "SlowStart": { "MinimumShare": 1.01 } } } }""", "Clusters:c:SlowStart:MinimumShare: 1.01 is out of range: from 0.01 to 1")]
    [InlineData("""{ "Clusters": { "c": { "Hash": { "BalanceFactor": 101 } } } }""", "Clusters:c:Hash:BalanceFactor: 101 is out of range: from 0 to 100")]
    public void A_value_out_of_its_range_is_an_error(string json, string error) => Assert.Equal([error], Json.Errors(json));

    [Theory]
    [InlineData("""{ "Routes": { "r": { "Split": { "Override": {} } } } }""", "Routes:r:Split:Override:Header: is missing")]
    [InlineData("""{ "Listeners": { "web": {} } }""", "Listeners:web:Url: is missing")]
    [InlineData("""{ "Clusters": { "c": { "Destinations": { "a": { "Host": "x" } } } } }""", "Clusters:c:Destinations:a:Address: is missing")]
    public void A_required_key_that_is_not_there_is_an_error(string json, string error) => Assert.Equal([error], Json.Errors(json));

    [Fact]
    public void All_errors_are_found_in_one_pass()
    {
        var errors = Json.Errors("""
            {
              "Listners": {},
              "ShutdownTimeout": "soon",
              "Clusters": { "c": { "HealthCheck": { "Active": { "Rise": -1, "Fall": "two" } } } }
            }
            """);

        Assert.Equal(4, errors.Length);
    }

    [Fact]
    public void A_place_has_one_error_only()
    {
        // The unreadable address is also missing, but that is an echo.
        var errors = Json.Errors("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": [ "x" ] } } } } }""");

        Assert.Equal(["Clusters:c:Destinations:a:Address: must be a value, not an object or a list"], errors);
    }

    [Fact]
    public void A_null_keeps_the_default() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Json.Options("""{ "ShutdownTimeout": null, "Admin": null, "Clusters": null }""").Options.ShutdownTimeout);

    [Fact]
    public void A_null_is_no_error() =>
        Assert.Empty(Json.Errors("""{ "ShutdownTimeout": null, "Admin": null, "Clusters": null, "Routes": { "r": { "ClusterId": "c", "Match": null } } }"""));

    [Fact]
    public void An_empty_configuration_is_the_defaults() =>
        Assert.Equal((0, 0, 0, AdminOptions.DefaultUrl), Json.Options("{}").Options is var o ? (o.Listeners.Count, o.Routes.Count, o.Clusters.Count, o.Admin.Url) : default);

    [Fact]
    public void Names_ignore_case() => Assert.True(Json.Options("""{ "clusters": { "Web": {} } }""").Options.Clusters.ContainsKey("wEB"));

    [Fact]
    public void A_cluster_is_read_whole()
    {
        var (options, errors) = Json.Options("""
            {
              "Clusters": {
                "web": {
                  "LoadBalancingPolicy": "roundrobin",
                  "HealthCheck": { "Active": { "Enabled": true, "Path": "/up", "Query": "?a=b", "Interval": "500ms", "Timeout": "00:00:01", "Rise": 3, "Fall": 4, "Statuses": "200,204", "Version": "1.1", "VersionPolicy": "RequestVersionExact" } },
                  "HttpClient": {
                    "ConnectTimeout": "1s", "MaxConnectionsPerServer": 7, "DangerousAcceptAnyServerCertificate": true, "EnableMultipleHttp2Connections": false,
                    "PooledConnectionIdleTimeout": "4s", "KeepAlivePingDelay": "5s", "KeepAlivePingTimeout": "6s", "DnsRefreshInterval": "7s", "Tls": { "ServerName": "inner" }
                  },
                  "Retry": { "MaxAttempts": 5, "Statuses": "503" },
                  "Hedge": { "Delay": "50ms" },
                  "HttpRequest": { "Timeout": "3m", "ActivityTimeout": "2m", "TunnelTimeout": "2h", "Version": "1.1", "VersionPolicy": "RequestVersionExact" },
                  "Destinations": { "a": { "Address": "http://one:1", "Health": "http://one:2", "Host": "www" } }
                }
              }
            }
            """);

        Assert.Empty(errors);
        var web = options.Clusters["web"];
        Assert.Equivalent(
            new ActiveHealthCheckOptions
            {
                Enabled = true,
                Path = "/up",
                Query = "?a=b",
                Interval = TimeSpan.FromMilliseconds(500),
                Timeout = TimeSpan.FromSeconds(1),
                Rise = 3,
                Fall = 4,
                Statuses = StatusRanges.TryParse("200,204")!,
                Version = HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            web.HealthCheck.Active);
        Assert.Equal(
            new HttpClientOptions
            {
                ConnectTimeout = TimeSpan.FromSeconds(1),
                MaxConnectionsPerServer = 7,
                DangerousAcceptAnyServerCertificate = true,
                EnableMultipleHttp2Connections = false,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
                KeepAlivePingDelay = TimeSpan.FromSeconds(5),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(6),
                DnsRefreshInterval = TimeSpan.FromSeconds(7),
                Tls = new TlsClientOptions { ServerName = "inner" },
            },
            web.HttpClient);
        Assert.Equal((HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact), (web.HttpRequest.Version, web.HttpRequest.VersionPolicy));
        Assert.Equal((TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(2), TimeSpan.FromHours(2)), (web.HttpRequest.Timeout, web.HttpRequest.ActivityTimeout, web.HttpRequest.TunnelTimeout));
        Assert.Equal(new RetryOptions { MaxAttempts = 5, Statuses = StatusRanges.TryParse("503") }, web.Retry);
        Assert.Equal(new HedgeOptions { Delay = TimeSpan.FromMilliseconds(50) }, web.Hedge);
        Assert.Equal(new DestinationOptions { Address = "http://one:1", Health = "http://one:2", Host = "www" }, web.Destinations["a"]);
    }

    [Fact]
    public void Lists_keep_their_order()
    {
        var (options, _) = Json.Options("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": [ "c", "b", "a", "4", "5", "6", "7", "8", "9", "10", "11" ] } } } }""");

        Assert.Equal(["c", "b", "a", "4", "5", "6", "7", "8", "9", "10", "11"], options.Routes["r"].Match.Hosts);
    }

    [Fact]
    public void An_empty_list_is_no_error() =>
        Assert.Empty(Json.Errors("""{ "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": [], "Methods": [] } } } }"""));

    [Theory]
    [InlineData("1.0", 1, 0)]
    [InlineData("1.1", 1, 1)]
    [InlineData("2", 2, 0)]
    [InlineData("2.0", 2, 0)]
    [InlineData("3", 3, 0)]
    [InlineData("3.0", 3, 0)]
    public void Http_versions_are_read(string text, int major, int minor) =>
        Assert.Equal(
            new Version(major, minor),
            Json.Options($$"""{ "Clusters": { "c": { "HttpRequest": { "Version": "{{text}}" } } } }""").Options.Clusters["c"].HttpRequest.Version);
}
