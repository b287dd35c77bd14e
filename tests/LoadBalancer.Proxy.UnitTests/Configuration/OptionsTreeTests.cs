using System.Reflection;
using System.Text.RegularExpressions;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed partial class OptionsTreeTests
{
    // Words that a secret may be called by, of options that are none.
    private static readonly string[] NoSecrets =
    [
        "RouteOptions.ClusterId", "AccessOptions.BasicAuth", "SessionAffinityOptions.AffinityKeyName", "CertificateOptions.KeyFile", "KubernetesDiscoveryOptions.TokenFile", "RateLimitOptions.MaxKeys",
    ];

    [Fact]
    public void Values_are_written_as_the_configuration_has_them()
    {
        var tree = OptionsTree.Show(new LoadBalancerOptions
        {
            TrustedProxies = [System.Net.IPNetwork.Parse("10.0.0.0/8")],
            Clusters = new Dictionary<string, ClusterOptions> { ["web"] = new() { Destinations = new Dictionary<string, DestinationOptions> { ["a"] = new() { Address = "http://a:1", Weight = 3 } } } },
        });

        Assert.Equal(
            ("30s", "10.0.0.0/8", "RoundRobin", "http://a:1", 3, "200-399", false),
            (
                (string?)tree["ShutdownTimeout"],
                (string?)tree["TrustedProxies"]![0],
                (string?)tree["Clusters"]!["web"]!["LoadBalancingPolicy"],
                (string?)tree["Clusters"]!["web"]!["Destinations"]!["a"]!["Address"],
                (int)tree["Clusters"]!["web"]!["Destinations"]!["a"]!["Weight"]!,
                (string?)tree["Clusters"]!["web"]!["HealthCheck"]!["Active"]!["Statuses"],
                (bool)tree["Clusters"]!["web"]!["HealthCheck"]!["Active"]!["Enabled"]!));
    }

    [Fact]
    public void Secrets_are_masked()
    {
        const string secret = "s3cret";
        var tree = OptionsTree.Show(new LoadBalancerOptions
        {
            Admin = new() { Token = secret },
            Listeners = new Dictionary<string, ListenerOptions> { ["https"] = new() { Tls = new() { Certificates = [new() { File = "a.pfx", Password = secret }] } } },
            Routes = new Dictionary<string, RouteOptions>
            {
                ["all"] = new()
                {
                    Access = new() { BasicAuth = new() { Users = new Dictionary<string, string> { ["ann"] = secret } } },
                    Match = new() { Headers = [new() { Name = "X-Api-Key", Values = [secret] }] },
                    Transforms = [new Dictionary<string, string> { ["RequestHeader"] = "Authorization", ["Set"] = $"Basic {secret}" }],
                },
            },
            Clusters = new Dictionary<string, ClusterOptions>
            {
                ["web"] = new()
                {
                    SessionAffinity = new() { Keys = [secret] },
                    HealthCheck = new() { Active = new() { Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {secret}", ["X-Plain"] = "shown" } } },
                },
            },
        }).ToJsonString();

        Assert.DoesNotContain(secret, tree, StringComparison.Ordinal);
        Assert.Equal(7, Masks().Count(tree));
        Assert.Contains("shown", tree, StringComparison.Ordinal);
    }

    /// <summary>Whoever adds an option that is called like a secret says whether it is one.</summary>
    [Fact]
    public void An_option_that_is_called_like_a_secret_is_marked_as_one_or_known_to_be_none()
    {
        var suspicious = typeof(LoadBalancerOptions).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(LoadBalancerOptions).Namespace && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
            .Where(property => SecretName().IsMatch(property.Name) && !property.IsDefined(typeof(SecretAttribute)))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");

        Assert.Empty(suspicious.Except(NoSecrets));
    }

    [GeneratedRegex("Token|Password|Secret|Key|Credential|BasicAuth|Account")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"\(secret\)")]
    private static partial Regex Masks();
}
