using System.CommandLine;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The certificates that are typed for https listeners without some of their own; the same for what runs a configuration and for what checks it.</summary>
internal sealed class TlsCommandLine
{
    private readonly Option<string[]> _certificates = new("--tls-cert")
    {
        Description = "Certificate of the https listeners, a PEM or PFX file; repeatable, chosen by the name that a client asks for.",
        HelpName = "file",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<string[]> _keys = new("--tls-key")
    {
        Description = "The PEM file with the key of a --tls-cert that has none itself; repeatable, in the same order.",
        HelpName = "file",
        DefaultValueFactory = static _ => [],
    };

    /// <summary>The options, in the order of the help.</summary>
    public IReadOnlyList<Option> All => [_certificates, _keys];

    /// <summary>The files of the certificates.</summary>
    public string[] CertificatesOf(ParseResult parsed) => parsed.GetValue(_certificates) ?? [];

    /// <summary>The files of their keys, in the same order; none where each file has its key.</summary>
    public string[] KeysOf(ParseResult parsed) => parsed.GetValue(_keys) ?? [];

    /// <summary>Refuses keys that are not as many as the certificates.</summary>
    public void CheckIn(Command command) => command.Validators.Add(result =>
    {
        var (certificates, keys) = (result.GetValue(_certificates) ?? [], result.GetValue(_keys) ?? []);
        if (keys.Length > 0 && keys.Length != certificates.Length)
        {
            result.AddError($"--tls-cert names {certificates.Length}, --tls-key {keys.Length}: each certificate has a key, or each file has its own");
        }
    });
}
