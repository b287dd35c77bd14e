using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class AcmeValidatorTests
{
    private const string Right = """ "AcceptTermsOfService": true, "Folder": "/var/lib/lb" """;

    [Fact]
    public void A_right_one_is_no_error() => Assert.Empty(Errors($$"""{ {{Right}}, "Email": "admin@example.com" }""", "\"www.example.com\", \"xn--bcher-kva.example\", \"localhost\""));

    [Fact]
    public void Each_thing_that_is_wrong_is_one_error()
    {
        (string Acme, string Names, string Error)[] rows =
        [
            ("null", "\"a.example\"", "Acme: is missing: Listeners:secure:Tls:Acme has names, and Acme says from whom their certificates are obtained and where they are kept"),
            ("""{ "AcceptTermsOfService": true }""", "\"a.example\"", "Acme:Folder: is missing"),
            ("""{ "Folder": "/var/lib/lb" }""", "\"a.example\"", "Acme:AcceptTermsOfService: must be true: the authority gives certificates only to who agrees to its terms of service"),
            ($$"""{ {{Right}}, "Directory": "http://ca.example/directory" }""", "\"a.example\"", "Acme:Directory: 'http://ca.example/directory' is not the URL of a directory: write https://acme.example.com/directory"),
            ($$"""{ {{Right}}, "Directory": "letsencrypt" }""", "\"a.example\"", "Acme:Directory: 'letsencrypt' is not the URL of a directory"),
            ($$"""{ {{Right}}, "Email": "admin" }""", "\"a.example\"", "Acme:Email: 'admin' is not an address such as admin@example.com"),
            ($$"""{ {{Right}}, "Email": "a@b.example,c@d.example" }""", "\"a.example\"", "Acme:Email: 'a@b.example,c@d.example' is not an address"),
            ($$"""{ {{Right}}, "Challenge": "Dns01" }""", "\"a.example\"", "Acme:Challenge: 'Dns01' is not one of Http01, TlsAlpn01"),
            ($$"""{ {{Right}}, "CertificateAuthorities": "/nowhere.pem" }""", "\"a.example\"", "Acme:CertificateAuthorities: '/nowhere.pem' is not a PEM file with certificates that can be read"),
            ($$"""{ {{Right}}, "ExternalBinding": { "Secret": "abcd" } }""", "\"a.example\"", "Acme:ExternalBinding:Id: is missing"),
            ($$"""{ {{Right}}, "ExternalBinding": { "Id": "1", "Secret": "no+base64" } }""", "\"a.example\"", "Acme:ExternalBinding:Secret: is not base64url: letters, digits, '-' and '_', as the authority has told it"),
            ($$"""{ {{Right}} }""", "\"*.example.com\"", "Listeners:secure:Tls:Acme:0: '*.example.com' stands for many names, which neither challenge can prove: write each name"),
            ($$"""{ {{Right}} }""", "\"192.0.2.1\"", "Listeners:secure:Tls:Acme:0: '192.0.2.1' is an address, and certificates are obtained for names"),
            ($$"""{ {{Right}} }""", "\"a.example\", \"b.example.\"", "Listeners:secure:Tls:Acme:1: 'b.example.' is not the name of a host, in ASCII and without a dot at its end"),
            ($$"""{ {{Right}} }""", "\"../a\"", "Listeners:secure:Tls:Acme:0: '../a' is not the name of a host"),
            ($$"""{ {{Right}} }""", "\"bücher.example\"", "Listeners:secure:Tls:Acme:0: 'bücher.example' is not the name of a host"),
            ($$"""{ {{Right}} }""", "\"a.example\", \"A.example\"", "Listeners:secure:Tls:Acme:1: 'A.example' is there already"),
        ];

        Assert.All(rows, row => Assert.StartsWith(row.Error, Assert.Single(Errors(row.Acme, row.Names)), StringComparison.Ordinal));
    }

    [Fact]
    public void Names_on_a_listener_without_TLS_have_no_effect() => Assert.Equal(
        ["Listeners:a:Tls: has no effect: http://*:80 is not https://"],
        Validate($$"""{ "Acme": { {{Right}} }, "Listeners": { "a": { "Url": "http://*:80", "Tls": { "Acme": [ "a.example" ] } } }, "Clusters": { "web": {} } }"""));

    [Fact]
    public void An_authority_of_which_nothing_is_wanted_has_no_effect() => Assert.Equal(
        ["Acme: has no effect: no listener has names in Tls:Acme"],
        Validate($$"""{ "Acme": { {{Right}} }, "Listeners": { "a": { "Url": "http://*:80" } }, "Clusters": { "web": {} } }"""));

    [Theory]
    [InlineData("Http01", "Acme:Challenge: Http01 is asked for over plain HTTP, on port 80, and no listener is http://: add one, or write TlsAlpn01")]
    [InlineData("TlsAlpn01", null)]
    public void A_challenge_over_plain_HTTP_needs_a_plain_listener(string challenge, string? error) => Assert.Equal(
        error is null ? [] : [error],
        Validate($$"""{ "Acme": { {{Right}}, "Challenge": "{{challenge}}" }, "Listeners": { "secure": { "Url": "https://*:443", "Tls": { "Acme": [ "a.example" ] } } }, "Clusters": { "web": {} } }"""));

    [Fact]
    public void Each_authority_has_a_folder_of_its_own_and_each_name_a_file()
    {
        var (one, other) = (new AcmeOptions { Folder = "/f", Directory = "https://ca.example/directory" }, new AcmeOptions { Folder = "/f", Directory = "https://[::1]:14000/dir" });

        Assert.Equal(("/f/ca.example/www.example.com.pem", "/f/__1_14000/a.pem"), (one.CertificateOf("WWW.example.com").File, other.CertificateOf("a").File));
    }

    // Or what is read from the folder is looked for somewhere else than where it was written.
    [Fact]
    public void A_folder_is_named_from_the_root_on() =>
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "f", "ca.example", "a.pem"), new AcmeOptions { Folder = "f", Directory = "https://ca.example/directory" }.CertificateOf("a").File);

    private static string[] Errors(string acme, string names) =>
        Validate($$"""{ "Acme": {{acme}}, "Listeners": { "plain": { "Url": "http://*:80" }, "secure": { "Url": "https://*:443", "Tls": { "Acme": [ {{names}} ] } } }, "Clusters": { "web": {} } }""");

    private static string[] Validate(string json)
    {
        var (options, errors) = Json.Options(json);
        return [.. errors.Concat(LoadBalancerOptionsValidator.Validate(options)).DistinctBy(error => error.Path).Select(error => error.ToString())];
    }
}
