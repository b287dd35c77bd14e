using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

public sealed partial class DocumentationTests : IDisposable
{
    // The folder that the examples name.
    private const string Folder = "/etc/loadbalancer";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-docs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("docs/configuration.md")]
    [InlineData("docs/protocols.md")]
    [InlineData("docs/acme.md")]
    [InlineData("docs/discovery.md")]
    [InlineData("docs/zones.md")]
    public async Task Every_configuration_in_the_reference_is_valid_to_the_program(string page)
    {
        var examples = JsonBlock().Matches(Repository.Read(page)).Select(match => match.Groups["json"].Value).ToArray();

        Assert.NotEmpty(examples);
        WriteCertificates();
        foreach (var example in examples)
        {
            Assert.Equal("configuration is valid", await Validation.OfAsync(example.Replace(Folder, _folder.FullName, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Every_link_leads_to_a_file_and_to_a_heading_of_it()
    {
        string[] pages =
        [
            .. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. ((string[])["docs", "deploy", "samples", "benchmarks"]).SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)),
        ];

        var links = pages.SelectMany(page => Link().Matches(WithoutExamples(page)).Select(link => (Page: page, Path: link.Groups["path"].Value, Heading: link.Groups["heading"].Value))).ToArray();

        Assert.NotEmpty(links);
        Assert.Equal([], links.Where(link => !Leads(link.Page, link.Path, link.Heading)).Select(link => $"{Path.GetRelativePath(Repository.Root, link.Page)}: {link.Path}#{link.Heading}"));
    }

    private static bool Leads(string page, string path, string heading)
    {
        var target = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        return Path.Exists(target) && (heading.Length == 0 || Heading().Matches(WithoutExamples(target)).Any(found => AnchorOf(found.Groups["text"].Value) == heading));
    }

    private static string WithoutExamples(string page) => Example().Replace(File.ReadAllText(page), "");

    // As GitHub makes it of the words of a heading.
    private static string AnchorOf(string heading) => NoAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    private void WriteCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=www.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        foreach (var name in (string[])["www", "proxy"])
        {
            File.WriteAllText(Path.Combine(_folder.FullName, $"{name}.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(_folder.FullName, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        }

        foreach (var authorities in (string[])["clients", "internal"])
        {
            File.WriteAllText(Path.Combine(_folder.FullName, $"{authorities}.pem"), certificate.ExportCertificatePem());
        }

        File.WriteAllBytes(Path.Combine(_folder.FullName, "shop.pfx"), certificate.Export(X509ContentType.Pfx, "secret"));
    }

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    // None of those that have a scheme.
    [GeneratedRegex(@"\]\((?![a-z]+:)(?<path>[^)\s#]*)(#(?<heading>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
