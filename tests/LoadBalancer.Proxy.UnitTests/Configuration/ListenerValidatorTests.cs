using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ListenerValidatorTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_right_one_is_no_error() => Assert.Empty(Errors($$"""{ "Url": "https://*:8443", "Tls": { "Certificates": [ {{Certificate()}} ] }, "Hsts": {} }"""));

    [Fact]
    public void Each_thing_that_is_wrong_is_one_error()
    {
        var (certificate, nothing, text) = (Certificate(), _authority["nothing.pem"], _authority["text.pem"]);
        File.WriteAllText(text, "hello");
        (string Listener, string Error)[] rows =
        [
            ("""{ "Url": "https://*:8443" }""", "Listeners:a:Tls:Certificates: is missing: https://*:8443 needs a certificate, here or of --tls-cert"),
            ($$"""{ "Url": "http://*:8080", "Tls": { "Certificates": [ {{certificate}} ] } }""", "Listeners:a:Tls: has no effect: http://*:8080 is not https://"),
            ("""{ "Url": "http://*:8080", "Hsts": {} }""", "Listeners:a:Hsts: has no effect: browsers regard it over https only, and http://*:8080 is not https://"),
            ($$"""{ "Url": "https://*:8443", "Tls": { "Certificates": [ {{certificate}} ] }, "Hsts": { "Preload": true } }""", "Listeners:a:Hsts:Preload: has no effect: browsers build in a name only with IncludeSubDomains, and a MaxAge of 365d at least"),
            ($$"""{ "Url": "https://*:8443", "Tls": { "Certificates": [ {{certificate}} ] }, "Hsts": { "Preload": true, "IncludeSubDomains": true, "MaxAge": "364d" } }""", "Listeners:a:Hsts:Preload: has no effect: browsers build in a name only with IncludeSubDomains, and a MaxAge of 365d at least"),
            (Tls($$"""{ "File": "{{nothing}}" }"""), $"Listeners:a:Tls:Certificates:0:File: cannot read the file: Could not find file '{nothing}'."),
            (Tls($$"""{ "File": "{{_authority.PemFile}}", "KeyFile": "{{nothing}}" }"""), $"Listeners:a:Tls:Certificates:0:KeyFile: cannot read the file: Could not find file '{nothing}'."),
            (Tls($$"""{ "File": "{{text}}" }"""), $"Listeners:a:Tls:Certificates:0:File: '{text}' is no certificate with a private key that can be used: "),
            (Tls($$"""{ "File": "{{_authority.PemFile}}" }"""), $"Listeners:a:Tls:Certificates:0:KeyFile: is missing: '{_authority.PemFile}' has no private key"),
            (Tls($$"""{ "File": "{{text}}", "KeyFile": "{{text}}" }"""), $"Listeners:a:Tls:Certificates:0:File: '{text}' is neither a PEM file nor a PFX file"),
            ("""{ "Url": "http://*:8443", "Tls": { "MinimumVersion": "Tls13" } }""", "Listeners:a:Tls: has no effect: http://*:8443 is not https://"),
            ($$"""{ "Url": "http://*:8443", "Tls": { "ClientCertificates": { "CertificateAuthorities": "{{_authority.PemFile}}" } } }""", "Listeners:a:Tls: has no effect: http://*:8443 is not https://"),
            (Tls(certificate, Clients("Required", "two words")), "Listeners:a:Tls:ClientCertificates:SubjectHeader: 'two words' is not the name of a header"),
            (Tls(certificate, Clients("Required", "Host")), "Listeners:a:Tls:ClientCertificates:SubjectHeader: Host has a meaning of its own: choose another name"),
            (Tls(certificate, Clients("None", "X-Subject")), "Listeners:a:Tls:ClientCertificates:SubjectHeader: has no effect: Mode is None, and clients are not asked for a certificate"),
            (Tls(certificate, """, "ClientCertificates": {} """), "Listeners:a:Tls:ClientCertificates:CertificateAuthorities: is missing"),
            (Tls(certificate, """, "MinimumVersion": "Tls11" """), "Listeners:a:Tls:MinimumVersion: 'Tls11' is not one of Tls12, Tls13"),
            ("""{ "Url": "https://*:8443", "Tls": { "Certificates": [ {} ] } }""", "Listeners:a:Tls:Certificates:0:File: is missing"),
            ("""{ "Url": "http://*:8080", "Protocols": "Http1AndHttp2AndHttp3" }""", "Listeners:a:Protocols: asks for HTTP/3, which needs TLS: http://*:8080 is not https://"),
            ($$"""{ "Url": "https://127.0.0.1:0", "Protocols": "Http3", "Tls": { "Certificates": [ {{certificate}} ] } }""", "Listeners:a:Protocols: asks for HTTP/3, which needs the same port of UDP as of TCP: https://127.0.0.1:0 lets the system choose one"),
            ("""{ "Url": "http://*:8080", "SocketMode": "660" }""", "Listeners:a:SocketMode: has no effect: http://*:8080 is no Unix-domain socket"),
            ("""{ "Url": "http://unix:/run/lb.sock", "SocketMode": "rw" }""", "Listeners:a:SocketMode: 'rw' is not the mode of a file: write three octal digits, such as 660"),
            ("""{ "Url": "http://*:8080", "ProxyProtocol": {} }""", "Listeners:a:ProxyProtocol:From: is missing"),
            ($$"""{ "Url": "https://*:8443", "Protocols": "Http3", "ProxyProtocol": { "From": [ "10.0.0.1" ] }, "Tls": { "Certificates": [ {{certificate}} ] } }""", "Listeners:a:ProxyProtocol: has no place in HTTP/3, which Protocols asks for: it is a header of connections over TCP"),
            ("""{ "Url": "http://*:8080", "ProxyProtocol": { "From": [ "10.0.0.1/8" ] } }""", "Listeners:a:ProxyProtocol:From:0: '10.0.0.1/8' is not a network such as"),
            ("""{ "Url": "http://*:8080", "Protocols": "h2c" }""", "Listeners:a:Protocols: 'h2c' is not one of Http1, Http2, Http1AndHttp2, Http1AndHttp2AndHttp3, Http3"),
        ];

        Assert.All(rows, row => Assert.StartsWith(row.Error, Assert.Single(Errors(row.Listener)), StringComparison.Ordinal));
    }

    [Fact]
    public void An_address_is_taken_whether_with_TLS_or_without() => Assert.Equal(
        ["Listeners:b:Url: https://*:8080 is taken by Listeners:a:Url already"],
        Validate($$"""{ "Listeners": { "a": { "Url": "http://*:8080" }, "b": { "Url": "https://*:8080", "Tls": { "Certificates": [ {{Certificate()}} ] } } }, "Clusters": { "web": {} } }"""));

    [Fact]
    public void So_is_a_path() => Assert.Equal(
        ["Listeners:b:Url: http://unix:/run/lb.sock is taken by Listeners:a:Url already"],
        Validate("""{ "Listeners": { "a": { "Url": "http://unix:/run/lb.sock" }, "b": { "Url": "http://unix:/run/lb.sock" } }, "Clusters": { "web": {} } }"""));

    [Fact]
    public void The_operators_has_no_TLS() => Assert.Equal(
        ["Admin:Url: 'https://localhost:9901' asks for TLS, which the admin listener does not have: write http://host:port"],
        Validate("""{ "Admin": { "Url": "https://localhost:9901" }, "Clusters": { "web": {} } }"""));

    private static string Tls(string certificate, string more = "") => $$"""{ "Url": "https://*:8443", "Tls": { "Certificates": [ {{certificate}} ] {{more}} } }""";

    private static string[] Errors(string listener) => Validate($$"""{ "Listeners": { "a": {{listener}} }, "Clusters": { "web": {} } }""");

    private static string[] Validate(string json)
    {
        var (options, errors) = Json.Options(json);
        return [.. errors.Concat(LoadBalancerOptionsValidator.Validate(options)).DistinctBy(error => error.Path).Select(error => error.ToString())];
    }

    private string Clients(string mode, string header) => $$""", "ClientCertificates": { "Mode": "{{mode}}", "CertificateAuthorities": "{{_authority.PemFile}}", "SubjectHeader": "{{header}}" } """;

    private string Certificate()
    {
        using var certificate = _authority.Issue("www.example.com");
        var (file, key) = _authority.WritePem("www", certificate);
        return $$"""{ "File": "{{file}}", "KeyFile": "{{key}}" }""";
    }
}
