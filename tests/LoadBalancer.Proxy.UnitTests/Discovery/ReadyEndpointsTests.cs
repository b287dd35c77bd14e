using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class ReadyEndpointsTests
{
    private const string Http = """[{ "name": "http", "port": 8080 }]""";
    private const string Two = """[{ "name": "http", "port": 8080 }, { "name": "admin", "port": 9901 }]""";

    private static readonly KubernetesDiscoveryOptions Web = new() { Service = "web" };

    [Theory]
    [InlineData("""{ "ready": true, "serving": true, "terminating": false }""", "10.0.0.1:8080", "")]
    [InlineData("{}", "10.0.0.1:8080", "")]
    [InlineData("null", "10.0.0.1:8080", "")]
    [InlineData("""{ "ready": false, "serving": false }""", "", "http://10.0.0.1:8080")]
    [InlineData("""{ "ready": false }""", "", "http://10.0.0.1:8080")]
    [InlineData("""{ "ready": false, "serving": false, "terminating": true }""", "", "http://10.0.0.1:8080")]
    public void Who_is_ready_is_found_and_who_cannot_serve_is_unfit(string conditions, string found, string unfit)
    {
        var answer = Read(Web, Slice("a", $$"""[{ "addresses": ["10.0.0.1"], "conditions": {{conditions}} }]"""));

        Assert.Equal((found, unfit), (Names(answer), string.Join(' ', answer.Unfit!)));
    }

    [Fact]
    public void Who_terminates_leaves_while_others_are_ready()
    {
        var answer = Read(Web, Slice("a", $"[{Ready("10.0.0.1")}, {Terminating("10.0.0.2")}]"));

        Assert.Equal(("10.0.0.1:8080", 0), (Names(answer), answer.Unfit!.Count));
    }

    [Fact]
    public void Where_nobody_is_ready_those_that_terminate_and_still_serve_are_better_than_none() =>
        Assert.Equal("10.0.0.2:8080", Names(Read(Web, Slice("a", $$"""[{ "addresses": ["10.0.0.1"], "conditions": { "ready": false } }, {{Terminating("10.0.0.2")}}]"""))));

    [Fact]
    public void Slices_of_a_service_are_one_and_an_endpoint_in_two_of_them_is_one_by_its_better_half() => Assert.Equal(
        "10.0.0.1:8080 10.0.0.2:8080 10.0.0.3:8080",
        Names(Read(Web, Slice("b", $"[{Terminating("10.0.0.1")}, {Ready("10.0.0.2")}]"), Slice("a", $"[{Ready("10.0.0.1")}, {Ready("10.0.0.3")}]"))));

    [Fact]
    public void A_pod_gives_its_name_and_its_zone()
    {
        var found = Read(Web with { Host = "shop", Priority = 1, Scheme = DestinationScheme.Https }, Slice("a", """[{ "addresses": ["10.0.0.1"], "zone": "eu-1a", "targetRef": { "kind": "Pod", "name": "web-0" } }]""")).Found!.Single();

        Assert.Equal(("web-0", "https://10.0.0.1:8080/", "eu-1a", "shop", 1, "Kubernetes shop/web"), (found.Name, found.Address.AbsoluteUri, found.Zone, found.Host, found.Priority, found.Source));
    }

    [Theory]
    [InlineData(null, Http, "10.0.0.1:8080")]
    [InlineData("http", Two, "10.0.0.1:8080")]
    [InlineData("admin", Two, "10.0.0.1:9901")]
    [InlineData("9901", Two, "10.0.0.1:9901")]
    [InlineData(null, """[{ "port": 80 }]""", "10.0.0.1:80")]
    public void The_port_is_chosen_by_name_or_number(string? port, string ports, string found) => Assert.Equal(found, Names(Read(Web with { Port = port }, Slice("a", $"[{Ready("10.0.0.1")}]", ports))));

    [Theory]
    [InlineData(null, Two, "it has several ports, so Port must say which: http (8080), admin (9901)")]
    [InlineData("grpc", Two, "it has no port grpc; its ports: http (8080), admin (9901)")]
    [InlineData("80", Http, "it has no port 80; its ports: http (8080)")]
    public void A_port_that_is_not_there_is_a_failure(string? port, string ports, string failure)
    {
        var answer = Read(Web with { Port = port }, Slice("a", $"[{Ready("10.0.0.1")}]", ports));

        Assert.Equal((null, failure), (answer.Found, answer.Failure));
    }

    [Fact]
    public void A_service_without_pods_has_no_destinations_and_one_that_is_not_there_is_a_failure()
    {
        Assert.Empty(Read(Web, Slice("a", "[]", "[]")).Found!);
        Assert.Equal((null, "it has no EndpointSlice: is there such a service?"), (Read(Web).Found, Read(Web).Failure));
    }

    [Fact]
    public void Of_both_families_IPv4_counts()
    {
        Assert.Equal("10.0.0.1:8080", Names(Read(Web, Slice("a", $"[{Ready("fd00::1")}]", family: "IPv6"), Slice("b", $"[{Ready("10.0.0.1")}]"))));
        Assert.Equal("[fd00::1]:8080", Names(Read(Web, Slice("a", $"[{Ready("fd00::1")}]", family: "IPv6"))));
    }

    private static string Ready(string address) => $$"""{ "addresses": ["{{address}}"], "conditions": { "ready": true } }""";

    private static string Terminating(string address) => $$"""{ "addresses": ["{{address}}"], "conditions": { "ready": false, "serving": true, "terminating": true } }""";

    private static EndpointSlice Slice(string name, string endpoints, string ports = Http, string family = "IPv4") =>
        JsonSerializer.Deserialize($$"""{ "metadata": { "name": "{{name}}" }, "addressType": "{{family}}", "endpoints": {{endpoints}}, "ports": {{ports}} }""", KubernetesJson.Default.EndpointSlice)!;

    private static DiscoveryAnswer Read(KubernetesDiscoveryOptions options, params EndpointSlice[] slices) => ReadyEndpoints.Of(slices, options, "Kubernetes shop/web");

    private static string Names(DiscoveryAnswer answer) => string.Join(' ', answer.Found!.Select(found => found.Address.Authority is var authority && authority.Contains(':') && !authority.EndsWith(']') ? authority : $"{authority}:80").Order());
}
