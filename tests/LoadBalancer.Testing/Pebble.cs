using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace LoadBalancer.Testing;

/// <summary>The ACME authority pebble, on ports of loopback. It asks for challenges at ports of loopback that the test says, whatever the name.</summary>
public sealed class Pebble : IAsyncDisposable
{
    /// <summary>How long what it issues is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly string[] Places = ["/usr/bin/pebble", "/usr/local/bin/pebble"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pebble-");
    private readonly FakeDns _dns = new();
    private readonly TestAuthority _authority = new();
    private readonly HttpClient _client;
    private readonly int _port = FreePort.Next();
    private readonly int _managementPort = FreePort.Next();
    private Process? _process;

    private Pebble()
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = _authority.ChainPolicy();
        _client = new HttpClient(handler) { Timeout = Eventually.Deadline };
    }

    /// <summary>Whether it is installed.</summary>
    public static bool IsThere => Program is not null;

    /// <summary>Whether its tests must run, as in CI, where a test that is skipped would be one that nobody misses.</summary>
    public static bool IsRequired => Environment.GetEnvironmentVariable("LB_PEBBLE") == "required";

    /// <summary>The URL of its directory.</summary>
    public string DirectoryUrl => $"https://127.0.0.1:{_port}/dir";

    /// <summary>The file of the authority that vouches for itself.</summary>
    public string AuthorityFile => _authority.PemFile;

    /// <summary>Where it looks names up.</summary>
    public FakeDns Names => _dns;

    private static string? Program => Array.Find(Places, File.Exists);

    /// <summary>Starts one.</summary>
    /// <param name="httpPort">Where it asks for challenges over HTTP.</param>
    /// <param name="tlsPort">Where it asks for them in TLS.</param>
    /// <param name="names">The names that lead to loopback; it knows no others.</param>
    public static Task<Pebble> StartAsync(int httpPort, int tlsPort, params string[] names) => StartAsync(httpPort, tlsPort, null, names);

    /// <summary>Starts one that makes accounts only for who has this one elsewhere.</summary>
    /// <param name="httpPort">Where it asks for challenges over HTTP.</param>
    /// <param name="tlsPort">Where it asks for them in TLS.</param>
    /// <param name="account">The identifier and the key of the account; null for accounts for everyone.</param>
    /// <param name="names">The names that lead to loopback; it knows no others.</param>
    public static async Task<Pebble> StartAsync(int httpPort, int tlsPort, (string Id, string Secret)? account, string[] names)
    {
        var pebble = new Pebble();
        foreach (var name in names)
        {
            pebble._dns.Set(name, 60, "127.0.0.1");
        }

        using var certificate = pebble._authority.Issue("127.0.0.1");
        var (file, key) = pebble._authority.WritePem("pebble", certificate);
        var settings = new JsonObject
        {
            ["listenAddress"] = $"127.0.0.1:{pebble._port}",
            ["managementListenAddress"] = $"127.0.0.1:{pebble._managementPort}",
            ["certificate"] = file,
            ["privateKey"] = key,
            ["httpPort"] = httpPort,
            ["tlsPort"] = tlsPort,
            ["certificateValidityPeriod"] = (int)Lifetime.TotalSeconds,
        };
        if (account is var (id, secret))
        {
            settings["externalAccountBindingRequired"] = true;
            settings["externalAccountMACKeys"] = new JsonObject { [id] = secret };
        }

        await File.WriteAllTextAsync(pebble.ConfigurationFile, new JsonObject { ["pebble"] = settings }.ToJsonString());
        await pebble.RestartAsync();
        return pebble;
    }

    /// <summary>The rules by which a client trusts what it issues.</summary>
    public async Task<X509ChainPolicy> ChainPolicyAsync()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(await _client.GetStringAsync($"https://127.0.0.1:{_managementPort}/roots/0")));
        return policy;
    }

    /// <summary>Ends it, so that nobody answers.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().InTime();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Starts it again, as another authority: it knows nothing of what it issued before.</summary>
    public async Task RestartAsync()
    {
        var start = new ProcessStartInfo(Program!, ["-config", ConfigurationFile, "-dnsserver", _dns.Address]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";

        // What is meant for retries is to be seen often, and each order to be proved anew.
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = "30";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.HoldsAsync(ListensAsync, $"pebble listens at {DirectoryUrl}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _dns.DisposeAsync();
        _client.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private string ConfigurationFile => Path.Combine(_folder.FullName, "pebble.json");

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(DirectoryUrl);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
