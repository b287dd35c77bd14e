using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>A configuration for each page of YARP's documentation that has one, in its words and with examples of our own: it is read, or each key that cannot work is one error.</summary>
public sealed class YarpPagesTests
{
    [Fact]
    public void Getting_started()
    {
        var options = Read("""
            "Routes": { "everything": { "ClusterId": "site", "Match": { "Path": "{**all}" } } },
            "Clusters": { "site": { "Destinations": { "only": { "Address": "https://www.site.example/" } } } }
            """);

        Assert.Equal(("site", "{**all}", "https://www.site.example/"), (options.Routes["everything"].ClusterId, options.Routes["everything"].Match.Path, options.Clusters["site"].Destinations["only"].Address));
    }

    [Fact]
    public void Configuration_files()
    {
        var options = Read("""
            "Routes": {
              "small": { "ClusterId": "small", "Match": { "Path": "{**any}" } },
              "large": {
                "ClusterId": "large", "Order": 10, "MaxRequestBodySize": 5000000000, "AuthorizationPolicy": "Anonymous", "CorsPolicy": "Disable",
                "Match": {
                  "Path": "/large/{**rest}", "Hosts": [ "one.example", "two.example" ], "Methods": [ "GET", "POST" ],
                  "Headers": [ { "Name": "X-Kind", "Values": [ "a", "b c" ], "Mode": "ExactHeader", "IsCaseSensitive": true } ]
                }
              }
            },
            "Clusters": {
              "small": { "Destinations": { "site.example": { "Address": "http://www.site.example/" } } },
              "large": {
                "Destinations": { "first": { "Address": "https://first.example" }, "second": { "Address": "https://10.1.2.3", "Health": "https://10.1.2.3:9000/probe" } },
                "LoadBalancingPolicy": "PowerOfTwoChoices",
                "HealthCheck": {
                  "Active": { "Enabled": "true", "Interval": "00:00:20", "Timeout": "00:00:05", "Policy": "ConsecutiveFailures", "Path": "/healthz", "Query": "?full=1" },
                  "Passive": { "Enabled": true, "Policy": "TransportFailureRate", "ReactivationPeriod": "00:00:30" }
                },
                "HttpClient": {
                  "DangerousAcceptAnyServerCertificate": false, "MaxConnectionsPerServer": 256, "EnableMultipleHttp2Connections": true,
                  "RequestHeaderEncoding": "Latin1", "ResponseHeaderEncoding": "Latin1"
                },
                "HttpRequest": { "ActivityTimeout": "00:01:30", "Version": "2", "VersionPolicy": "RequestVersionOrLower", "AllowResponseBuffering": "false" },
                "Metadata": { "TransportFailureRateHealthPolicy.RateLimit": "0.4" }
              }
            }
            """);

        var (route, cluster) = (options.Routes["large"], options.Clusters["large"]);
        Assert.Equal((10, 5_000_000_000, "/large/{**rest}", 2, true), (route.Order, route.MaxRequestBodySize, route.Match.Path, route.Match.Hosts.Count, route.Match.Headers[0].IsCaseSensitive));
        Assert.Equal(("/healthz", "?full=1", "https://10.1.2.3:9000/probe"), (cluster.HealthCheck.Active.Path, cluster.HealthCheck.Active.Query, cluster.Destinations["second"].Health));
        Assert.Equal((TimeSpan.FromSeconds(90), 256, 0.4), (cluster.HttpRequest.ActivityTimeout, cluster.HttpClient.MaxConnectionsPerServer, cluster.HealthCheck.Passive.FailureRateLimit));
    }

    [Theory]
    [InlineData("FirstAlphabetical", LoadBalancingPolicy.FirstAlphabetical)]
    [InlineData("Random", LoadBalancingPolicy.Random)]
    [InlineData("PowerOfTwoChoices", LoadBalancingPolicy.PowerOfTwoChoices)]
    [InlineData("RoundRobin", LoadBalancingPolicy.RoundRobin)]
    [InlineData("LeastRequests", LoadBalancingPolicy.LeastRequests)]
    public void Load_balancing(string name, LoadBalancingPolicy policy) => Assert.Equal(
        policy,
        Read($$"""
            "Clusters": { "c": { "LoadBalancingPolicy": "{{name}}", "Destinations": { "c/1": { "Address": "https://localhost:7001/" }, "c/2": { "Address": "https://localhost:7002/" } } } }
            """).Clusters["c"].LoadBalancingPolicy);

    [Fact]
    public void Active_health_checks()
    {
        var active = Read("""
            "Clusters": {
              "c": {
                "HealthCheck": { "Active": { "Enabled": "true", "Interval": "00:00:12", "Timeout": "00:00:04", "Policy": "ConsecutiveFailures", "Path": "/up", "Query": "?deep=0" } },
                "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "4" },
                "Destinations": { "c/1": { "Address": "https://localhost:7001/" }, "c/2": { "Address": "http://localhost:7002/", "Health": "http://localhost:7003/" } }
              }
            }
            """).Clusters["c"].HealthCheck.Active;

        Assert.Equal((true, 12, 4, 4, "/up"), (active.Enabled, (int)active.Interval.TotalSeconds, (int)active.Timeout.TotalSeconds, active.Fall, active.Path));
    }

    [Fact]
    public void Passive_health_checks()
    {
        var outliers = Read("""
            "Clusters": {
              "c": {
                "HealthCheck": { "Passive": { "Enabled": "true", "Policy": "TransportFailureRate", "ReactivationPeriod": "00:03:00" }, "AvailableDestinationsPolicy": "HealthyAndUnknown" },
                "Metadata": { "TransportFailureRateHealthPolicy.RateLimit": "0.6" },
                "Destinations": { "c/1": { "Address": "https://localhost:7001/" }, "c/2": { "Address": "http://localhost:7002/" } }
              }
            }
            """).Clusters["c"].HealthCheck.Passive.AsOutlierDetection();

        Assert.Equal((0.6, TimeSpan.FromMinutes(3)), (outliers?.FailureRate?.Share, outliers?.EjectionTime));
    }

    [Theory]
    [InlineData(""" "Values": [ "v" ], "Mode": "ExactHeader" """, HeaderMatchMode.ExactHeader)]
    [InlineData(""" "Values": [ "v", "w" ], "Mode": "HeaderPrefix" """, HeaderMatchMode.HeaderPrefix)]
    [InlineData(""" "Mode": "Exists" """, HeaderMatchMode.Exists)]
    [InlineData(""" "Values": [ "v", "w" ], "Mode": "Contains" """, HeaderMatchMode.Contains)]
    [InlineData(""" "Values": [ "v" ], "Mode": "NotContains", "IsCaseSensitive": "true" """, HeaderMatchMode.NotContains)]
    [InlineData(""" "Mode": "NotExists" """, HeaderMatchMode.NotExists)]
    public void Header_routing(string header, HeaderMatchMode mode) => Assert.Equal(
        mode,
        Read($$"""
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "{**any}", "Headers": [ { "Name": "X-Kind", {{header}} } ] } } }, "Clusters": { "c": {} }
            """).Routes["r"].Match.Headers[0].Mode);

    [Fact]
    public void Timeouts()
    {
        var routes = Read("""
            "Routes": {
              "quick": { "ClusterId": "c", "Timeout": "00:00:20", "Match": { "Hosts": [ "quick.example" ] } },
              "patient": { "ClusterId": "c", "TimeoutPolicy": "disable", "Match": { "Hosts": [ "patient.example" ] } }
            },
            "Clusters": { "c": { "Destinations": { "c/1": { "Address": "https://localhost:7001/" } } } }
            """).Routes;

        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromDays(1)), (routes["quick"].Timeout, routes["patient"].Timeout));
    }

    [Fact]
    public void Http_client()
    {
        var clusters = Read("""
            "Routes": { "r": { "ClusterId": "one", "Match": { "Path": "{**any}" } } },
            "Clusters": {
              "one": {
                "LoadBalancingPolicy": "Random",
                "HttpClient": { "MaxConnectionsPerServer": "20", "DangerousAcceptAnyServerCertificate": "true", "EnableMultipleHttp2Connections": false, "RequestHeaderEncoding": "utf-8" },
                "HttpRequest": { "ActivityTimeout": "00:00:45" },
                "Destinations": { "one/1": { "Address": "https://localhost:7001/" } }
              },
              "two": { "HttpRequest": { "Version": "1.1", "VersionPolicy": "RequestVersionExact" }, "Destinations": { "two/1": { "Address": "https://localhost:7002/" } } }
            }
            """).Clusters;

        Assert.Equal((20, true, false), (clusters["one"].HttpClient.MaxConnectionsPerServer, clusters["one"].HttpClient.DangerousAcceptAnyServerCertificate, clusters["one"].HttpClient.EnableMultipleHttp2Connections));
        Assert.Equal((new Version(1, 1), HttpVersionPolicy.RequestVersionExact), (clusters["two"].HttpRequest.Version, clusters["two"].HttpRequest.VersionPolicy));
    }

    // What YARP does with code of its user's, and what cannot be done, is told in full.
    [Theory]
    [InlineData("authentication", """ "AuthorizationPolicy": "Customers" """, "AuthorizationPolicy")]
    [InlineData("CORS", """ "CorsPolicy": "FromAnywhere" """, "CorsPolicy")]
    [InlineData("rate limiting", """ "RateLimiterPolicy": "TenASecond" """, "RateLimiterPolicy")]
    [InlineData("output caching", """ "OutputCachePolicy": "ForAMinute" """, "OutputCachePolicy")]
    [InlineData("timeouts", """ "TimeoutPolicy": "Slow" """, "TimeoutPolicy")]
    [InlineData("config filters", """ "Metadata": { "Key": "Value" } """, "Metadata")]
    public void What_needs_code_is_one_error(string page, string keys, string key)
    {
        using var folder = new TempFolder();
        folder.Write("appsettings.json", $$"""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": [ "a.example" ] }, {{keys}} } }, "Clusters": { "c": {} } } }""");

        var errors = Assert.Throws<ConfigurationException>(() => new ConfigurationSource(new RunArguments(), folder.Path, "Test").Read()).Errors;

        Assert.True(errors is [{ Path: var path }] && path == $"ReverseProxy:Routes:r:{key}", $"{page}: {string.Join(", ", errors)}");
    }

    private static LoadBalancerOptions Read(string section)
    {
        using var folder = new TempFolder();
        folder.Write("appsettings.json", $$"""{ "ReverseProxy": { {{section}} } }""");
        return new ConfigurationSource(new RunArguments(), folder.Path, "Test").Read().Options;
    }
}
