using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class LoadBalancerOptionsValidatorTests
{
    private const string TwoClusters = """ "Clusters": { "a": {}, "b": {} } """;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Clusters": { "web": {} } }""")]
    [InlineData("""{ "Admin": { "Url": "none" } }""")]
    [InlineData("""{ "Admin": { "Url": "NONE" } }""")]
    [InlineData("""{ "Admin": { "Url": "http://*:9901", "Token": "secret" } }""")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://127.0.0.1:0" }, "b": { "Url": "http://127.0.0.1:0" } } }""")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://127.0.0.1:80" }, "b": { "Url": "http://127.0.0.2:80" } } }""")]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Address": "https+http://backend" }, "b": { "Address": "https://host/prefix/" } } } } }""")]
    [InlineData("""{ "Clusters": { "web": {} }, "Routes": { "r": { "ClusterId": "WEB", "Match": { "Path": "/api/{**rest}", "Hosts": [ "*.example.com" ] } } } }""")]
    [InlineData("""{ "Clusters": { "c": {} }, "Routes": { "r": { "ClusterId": "c", "Match": { "Headers": [ { "Name": "x", "Mode": "Exists" }, { "Name": "y", "Mode": "NotExists" } ] } } } }""")]
    public void A_configuration_that_can_be_run_has_no_errors(string json) => Assert.Empty(Validate(json));

    [Theory]
    [InlineData("""{ "Listeners": { "web": { "Url": "http://localhost" } } }""", "Listeners:web:Url: 'http://localhost' has no port: write http://host:port")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://*:80" }, "b": { "Url": "http://*:80" } } }""", "Listeners:b:Url: http://*:80 is taken by Listeners:a:Url already")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://localhost:9901" } } }""", "Admin:Url: http://localhost:9901 is taken by Listeners:a:Url already")]
    public void Listeners_must_be_addresses_of_their_own(string json, string error) => Assert.Equal([error], Validate(json));

    [Theory]
    [InlineData("", "TakeOver: '' is not the path of a socket: write /run/loadbalancer/take-over.sock")]
    [InlineData("/run/", "TakeOver: '/run/' is not the path of a socket: write /run/loadbalancer/take-over.sock")]
    [InlineData("/run/a23456789b23456789c23456789d23456789e23456789f23456789g23456789h23456789i23456789j23456789", null)]
    [InlineData("/run/a23456789b23456789c23456789d23456789e23456789f23456789g23456789h23456789i23456789j23456789k23456789", "TakeOver: '/run/a23456789b23456789c23456789d23456789e23456789f23456789g23456789h23456789i23456789j23456789k23456789' is too long for a socket: 96 bytes at most")]
    public void The_socket_of_a_take_over_has_a_path_that_a_socket_can_have(string path, string? error) =>
        Assert.Equal(error is null ? [] : [error], Validate($$"""{ "TakeOver": "{{path}}" }"""));

    [Theory]
    [InlineData("eu-1a", "Eu_1.b", null)]
    [InlineData("", "b", null)]
    [InlineData("a", "", "Clusters:web:Destinations:d:Zone: '' is not the name of a zone: write up to 63 letters, digits, '-', '_' and '.'")]
    [InlineData("eu 1a", "b", "Zone: 'eu 1a' is not the name of a zone: write up to 63 letters, digits, '-', '_' and '.'")]
    [InlineData("a", "eu/1b", "Clusters:web:Destinations:d:Zone: 'eu/1b' is not the name of a zone: write up to 63 letters, digits, '-', '_' and '.'")]
    [InlineData("a23456789b23456789c23456789d23456789e23456789f23456789g23456789h", "b", "Zone: 'a23456789b23456789c23456789d23456789e23456789f23456789g23456789h' is not the name of a zone: write up to 63 letters, digits, '-', '_' and '.'")]
    public void A_zone_has_the_name_that_a_label_of_Kubernetes_could_have(string own, string other, string? error) => Assert.Equal(
        error is null ? [] : [error],
        Validate($$"""{ "Zone": "{{own}}", "Clusters": { "web": { "Destinations": { "d": { "Address": "http://d", "Zone": "{{other}}" } } } } }"""));

    [Theory]
    [InlineData("""{ "HttpClient": { "ProxyProtocol": "V1" }, "HttpRequest": { "Version": "3" } }""", null)]
    [InlineData("""{ "HttpRequest": { "Version": "3", "VersionPolicy": "RequestVersionExact" } }""", null)]
    [InlineData("""{ "HttpClient": { "ProxyProtocol": "V2" }, "HttpRequest": { "Version": "3", "VersionPolicy": "RequestVersionExact" } }""",
        "Clusters:web:HttpClient:ProxyProtocol: has no place in HTTP/3, which is asked for and has no connections of TCP")]
    [InlineData("""{ "HttpClient": { "ProxyProtocol": "V2" }, "HealthCheck": { "Active": { "Version": "3", "VersionPolicy": "RequestVersionOrHigher" } } }""",
        "Clusters:web:HttpClient:ProxyProtocol: has no place in HTTP/3, which is asked for and has no connections of TCP")]
    [InlineData("""{ "HttpClient": { "ProxyProtocol": "v1", "MaxConnectionsPerServer": 10 } }""",
        "Clusters:web:HttpClient:MaxConnectionsPerServer: cannot be together with ProxyProtocol, by which each client has connections of its own: MaxConcurrentRequests bounds those that are in use")]
    public void What_the_PROXY_protocol_to_destinations_cannot_be_together_with_is_refused(string cluster, string? error) =>
        Assert.Equal(error is null ? [] : [error], Validate($$"""{ "Clusters": { "web": {{cluster}} } }"""));

    [Theory]
    [InlineData("http://*:9901")]
    [InlineData("http://0.0.0.0:9901")]
    public void An_admin_listener_that_others_can_reach_needs_a_token(string url) =>
        Assert.Equal(
            [$"Admin:Token: is missing: {url} can be reached from other machines, so the API needs a bearer token"],
            Validate($$"""{ "Admin": { "Url": "{{url}}" } }"""));

    [Theory]
    [InlineData("two words")]
    [InlineData(" secret")]
    [InlineData("gehe\u00efm")]
    public void A_token_that_no_header_field_could_carry_is_refused(string token) =>
        Assert.Equal(["Admin:Token: must be of ASCII letters, digits and punctuation, without blanks"], Validate($$"""{ "Admin": { "Token": "{{token}}" } }"""));

    [Fact]
    public void An_empty_token_is_none() => Assert.Single(Validate("""{ "Admin": { "Url": "http://*:9901", "Token": "" } }"""));

    [Theory]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "c" } } }""", "Routes:r:ClusterId: no cluster is named 'c'; clusters: a, b")]
    [InlineData("""{ "Routes": { "r": { "ClusterId": "c" } } }""", "Routes:r:ClusterId: no cluster is named 'c'; there are no clusters")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Path": "/a*" } } } }""", "Routes:r:Match:Path: 'a*' is not a literal segment, {name} or {**name}")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Hosts": [ "a", "b/c" ] } } } }""", "Routes:r:Match:Hosts: 'b/c' is not a host name, name:port, or *.suffix")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Headers": [ { "Name": "x" } ] } } } }""", "Routes:r:Match:Headers: header 'x' has no Values to compare with")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Methods": [ "GET", "G T" ] } } } }""", "Routes:r:Match:Methods: 'G T' is not a method")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Methods": [ "" ] } } } }""", "Routes:r:Match:Methods: '' is not a method")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "Headers": [ { "Name": "x y", "Mode": "Exists" } ] } } } }""", "Routes:r:Match:Headers: 'x y' is not the name of a header")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "QueryParameters": [ { "Name": "x" } ] } } } }""", "Routes:r:Match:QueryParameters:0:Values: is missing: there is nothing to compare the parameter with")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Match": { "QueryParameters": [ { "Name": "x", "Mode": "Exists", "Values": [ "1" ] } ] } } } }""", "Routes:r:Match:QueryParameters:0:Values: has no effect: Exists takes any value")]
    [InlineData("""{ "Clusters": { "a": {} }, "Routes": { "r": {} } }""", "Routes:r:ClusterId: is missing: a route leads to a cluster, to several by its Split, elsewhere by its Redirect, or nowhere by its Respond")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "Split": { "Clusters": { "a": 1 } } } } }""", "Routes:r:ClusterId: says that the route leads somewhere else than Split does: keep one of them")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": {} } } }""", "Routes:r:Split:Clusters: is missing: there is nothing to split between")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": { "Clusters": { "a": 0, "b": 0 } } } } }""", "Routes:r:Split:Clusters: has no weight above 0: no cluster would get a request")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": { "Clusters": { "a": 1, "c": 1 } } } } }""", "Routes:r:Split:Clusters:c: no cluster is named 'c'; clusters: a, b")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": { "Clusters": { "a": 1, "b": 10001 } } } } }""", "Routes:r:Split:Clusters:b: 10001 is out of range: from 0 to 10000")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": { "Clusters": { "a": 1 }, "Override": { "Header": "x y" } } } } }""", "Routes:r:Split:Override:Header: 'x y' is not the name of a header")]
    [InlineData($$"""{ {{TwoClusters}}, "Routes": { "r": { "Split": { "Clusters": { "a": 1 }, "Hash": { "Source": "Cookie" } } } } }""", "Routes:r:Split:Hash:Name: is missing: Cookie says that the key is under a name")]
    [InlineData("""{ "Routes": { "r": { "Split": { "Clusters": { "a": 1 } }, "Redirect": { "Scheme": "https" } } }, "Clusters": { "a": {} } }""", "Routes:r:Split: says that the route leads somewhere else than Redirect does: keep one of them")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Scheme": "ftp" } } } }""", "Routes:r:Redirect:Scheme: 'ftp' is not http or https")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Host": "a.example:443" } } } }""", "Routes:r:Redirect:Host: 'a.example:443' is not the name of a host: the port has a key of its own")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Host": "gr\u00fcn.example" } } } }""", "Routes:r:Redirect:Host: 'grün.example' is not the name of a host: the port has a key of its own")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Path": "new" } } } }""", "Routes:r:Redirect:Path: 'new' is not a path: write /path or /path?query, percent-encoded")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Path": "/a b" } } } }""", "Routes:r:Redirect:Path: '/a b' is not a path: write /path or /path?query, percent-encoded")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Scheme": "https", "Status": 304 } } } }""", "Routes:r:Redirect:Status: 304 is not one of 301, 302, 303, 307, 308")]
    [InlineData("""{ "Routes": { "r": { "Redirect": { "Scheme": "https" }, "Timeout": "1s" } } }""", "Routes:r:Timeout: has no effect: a redirect waits for nobody")]
    public void Routes_must_make_sense(string json, string error) => Assert.Equal([error], Validate(json));

    [Theory]
    [InlineData("""{ "Redirect": {} }""", true)]
    [InlineData("""{ "Redirect": { "Status": 302 } }""", true)]
    [InlineData("""{ "Match": { "Path": "/a" }, "Redirect": { "Path": "/a" } }""", true)]
    [InlineData("""{ "Match": { "Path": "/a" }, "Redirect": { "Path": "/b" } }""", false)]
    [InlineData("""{ "Match": { "Path": "/{a}" }, "Redirect": { "Path": "/a" } }""", false)]
    [InlineData("""{ "Match": { "Hosts": [ "a.example" ] }, "Redirect": { "Host": "A.example" } }""", true)]
    [InlineData("""{ "Match": { "Hosts": [ "a.example", "b.example" ] }, "Redirect": { "Host": "a.example" } }""", false)]
    [InlineData("""{ "Match": { "Hosts": [ "*.example" ] }, "Redirect": { "Host": "a.example" } }""", false)]
    [InlineData("""{ "Match": { "Hosts": [ "a.example:81" ] }, "Redirect": { "Port": 81 } }""", true)]
    [InlineData("""{ "Match": { "Hosts": [ "a.example" ] }, "Redirect": { "Port": 81 } }""", false)]
    [InlineData("""{ "Redirect": { "Scheme": "https" } }""", false)]
    public void A_redirect_that_is_seen_to_lead_back_is_refused(string route, bool leadsBack) => Assert.Equal(
        leadsBack ? ["Routes:r:Redirect: leads to where the requests of the route come from: give it another Scheme, Host, Port or Path"] : [],
        Validate($$"""{ "Routes": { "r": {{route}} } }"""));

    [Theory]
    [InlineData("""{ "Requests": 10 }""", null)]
    [InlineData("""{ "Requests": 1, "Per": "1h", "Burst": 720 }""", null)]
    [InlineData("""{ "Requests": 10, "By": "Header", "Header": "X-Api-Key" }""", null)]
    [InlineData("""{ "Requests": 10, "By": "Header" }""", "Header: is missing: By is Header, and the key is under a name")]
    [InlineData("""{ "Requests": 10, "By": "Header", "Header": "X Key" }""", "Header: 'X Key' is not the name of a header")]
    [InlineData("""{ "Requests": 10, "Header": "X-Api-Key" }""", "Header: has no effect: By is ClientAddress")]
    [InlineData("""{ "Requests": 10, "By": "Route", "MaxKeys": 1000 }""", "MaxKeys: has no effect: By is Route, which is one key")]
    [InlineData("""{ "Requests": 1, "Per": "1h", "Burst": 721 }""", "Burst: 721 is too much for 1 in 1h: it would take more than 30 days until so many may come at once again")]
    public void A_rate_limit_must_make_sense(string limit, string? error) => Assert.Equal(
        error is null ? null : $"Routes:r:RateLimit:{error}",
        Validate($$"""{ {{TwoClusters}}, "Routes": { "r": { "ClusterId": "a", "RateLimit": {{limit}} } } }""").SingleOrDefault());

    [Theory]
    [InlineData("503", null)]
    [InlineData("400-599", null)]
    [InlineData("304,503", "Clusters:web:Retry:Statuses: '304,503' has a status of an answer that is no error: write codes and ranges from 400 to 599")]
    public void Only_errors_are_asked_for_again(string statuses, string? error) =>
        Assert.Equal(error, Validate($$"""{ "Clusters": { "web": { "Retry": { "Statuses": "{{statuses}}" } } } }""").SingleOrDefault());

    [Theory]
    [InlineData("""{ "Delay": "50ms" }""", "2", "60s", null)]
    [InlineData("""{ "Delay": "50ms" }""", "1", "60s", ": has no effect: Retry:MaxAttempts is 1, and the second attempt would be one too many")]
    [InlineData("{}", "3", "60s", null)]
    [InlineData("{}", "1", "60s", ": has no effect: Retry:MaxAttempts is 1, and the second attempt would be one too many")]
    [InlineData("""{ "Delay": "60s" }""", "3", "60s", ":Delay: has no effect: an attempt ends after 1m without an answer, by HttpRequest:ActivityTimeout")]
    [InlineData("null", "1", "60s", null)]
    public void A_hedge_that_would_never_be_sent_is_an_error(string hedge, string attempts, string activity, string? error) => Assert.Equal(
        error is null ? null : $"Clusters:web:Hedge{error}",
        Validate($$"""{ "Clusters": { "web": { "Hedge": {{hedge}}, "Retry": { "MaxAttempts": {{attempts}} }, "HttpRequest": { "ActivityTimeout": "{{activity}}" } } } }""").SingleOrDefault());

    [Theory]
    [InlineData("two words")]
    [InlineData("https://inner")]
    [InlineData("")]
    public void The_name_that_TLS_asks_for_must_be_one(string name) => Assert.Equal(
        [$"Clusters:c:HttpClient:Tls:ServerName: '{name}' is not the name of a host"],
        Validate($$"""{ "Clusters": { "c": { "HttpClient": { "Tls": { "ServerName": "{{name}}" } } } } }"""));

    [Fact]
    public void Authorities_have_no_use_where_any_certificate_is_taken()
    {
        using var authority = new TestAuthority();

        var errors = Validate($$"""{ "Clusters": { "c": { "HttpClient": { "DangerousAcceptAnyServerCertificate": true, "Tls": { "CertificateAuthorities": "{{authority.PemFile.Replace('\\', '/')}}" } } } } }""");

        Assert.Equal(["Clusters:c:HttpClient:Tls:CertificateAuthorities: has no effect: DangerousAcceptAnyServerCertificate takes any certificate"], errors);
    }

    [Fact]
    public void Several_clusters_need_routes() =>
        Assert.Equal(["Routes: is missing: with 2 clusters, routes must say which requests go where"], Validate($$"""{ {{TwoClusters}} }"""));

    [Theory]
    [InlineData("localhost:80")]
    [InlineData("ftp://host")]
    [InlineData("host")]
    [InlineData("http://")]
    [InlineData("https+ftp://host")]
    [InlineData("http+http://host")]
    [InlineData("http+http+https://host")]
    public void A_destination_needs_an_address(string address) =>
        Assert.Equal(
            [$"Clusters:c:Destinations:a:Address: '{address}' is not an address: write http://host:port or https://host:port"],
            Validate($$"""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "{{address}}" } } } } }"""));

    [Theory]
    [InlineData("http://host/?a=b")]
    [InlineData("http://host/#a")]
    [InlineData("http://user:word@host")]
    public void An_address_has_no_user_query_or_fragment(string address) =>
        Assert.Equal(
            [$"Clusters:c:Destinations:a:Address: '{address}' has a user, a query or a fragment, which an address cannot have"],
            Validate($$"""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "{{address}}" } } } } }"""));

    [Theory]
    [InlineData("a b")]
    [InlineData("a..b")]
    [InlineData("a:99999")]
    [InlineData("")]
    public void A_Host_that_could_not_be_sent_is_refused(string host) =>
        Assert.Equal(
            [$"Clusters:c:Destinations:a:Host: '{host}' is not a host: write name or name:port"],
            Validate($$"""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://host", "Host": "{{host}}" } } } } }"""));

    [Fact]
    public void An_address_with_port_0_is_refused() =>
        Assert.Equal(
            ["Clusters:c:Destinations:a:Address: 'http://host:0' has port 0, to which nobody can connect"],
            Validate("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://host:0" } } } } }"""));

    [Theory]
    [InlineData("http://host:80", "http://HOST/")]
    [InlineData("http://h/a", "http://h/a/")]
    public void Two_destinations_of_a_cluster_cannot_share_an_address(string one, string other) =>
        Assert.Equal([$"Clusters:c:Destinations:b:Address: {other} is the address of 'a' already"], Validate(TwoDestinations(one, other)));

    [Theory]
    [InlineData("http://h/A", "http://h/a")]
    [InlineData("http://h", "https://h")]
    [InlineData("http://h:1", "http://h:2")]
    public void Addresses_that_differ_in_more_than_their_spelling_are_two(string one, string other) => Assert.Empty(Validate(TwoDestinations(one, other)));

    [Fact]
    public void A_probe_address_cannot_choose_between_schemes() =>
        Assert.Equal(
            ["Clusters:c:Destinations:a:Health: 'https+http://host' is not an address: write http://host:port or https://host:port"],
            Validate("""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "http://host", "Health": "https+http://host" } } } } }"""));

    private static string TwoDestinations(string one, string other) =>
        $$"""{ "Clusters": { "c": { "Destinations": { "a": { "Address": "{{one}}" }, "b": { "Address": "{{other}}" } } } } }""";

    [Theory]
    [InlineData("""{ }""")]
    [InlineData("""{ "Source": "Path" }""")]
    [InlineData("""{ "Source": "Header", "Name": "X-Tenant" }""")]
    [InlineData("""{ "Source": "Query", "Name": "kunden nr" }""")]
    [InlineData("""{ "BalanceFactor": 0 }""")]
    [InlineData("""{ "BalanceFactor": 1 }""")]
    public void What_requests_are_told_apart_by_may_be_any_part_of_them(string hash) => Assert.Empty(Validate(OfHash(hash)));

    [Theory]
    [InlineData("""{ "Source": "Header" }""", "Name: is missing: Header says that the key is under a name")]
    [InlineData("""{ "Source": "Cookie", "Name": "" }""", "Name: is missing: Cookie says that the key is under a name")]
    [InlineData("""{ "Source": "Header", "Name": "X Tenant" }""", "Name: 'X Tenant' is not the name of a header")]
    [InlineData("""{ "Source": "Cookie", "Name": "a;b" }""", "Name: 'a;b' is not the name of a cookie")]
    [InlineData("""{ "Source": "Path", "Name": "id" }""", "Name: has no effect: Path has no name")]
    [InlineData("""{ "BalanceFactor": 0.5 }""", "BalanceFactor: 0.5 is out of range: from 1 to 100, or 0 for no bound")]
    public void The_key_must_have_the_name_that_its_place_asks_for(string hash, string error) => Assert.Equal([$"Clusters:c:Hash:{error}"], Validate(OfHash(hash)));

    private static string OfHash(string hash) => $$"""{ "Clusters": { "c": { "LoadBalancingPolicy": "ConsistentHash", "Hash": {{hash}} } } }""";

    private static string[] Validate(string json)
    {
        var (options, errors) = Json.Options(json);
        Assert.Empty(errors);
        return LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()).ToArray();
    }
}
