using System.CommandLine;
using System.CommandLine.Parsing;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The options of <c>run</c>.</summary>
internal sealed class RunCommandLine
{
    private readonly Option<string[]> _servers = new("--servers")
    {
        Description = "Destinations: host:port or a URL, parted by commas; with ;weight=3 behind one if wanted; repeatable.",
        HelpName = "host:port,...",
        CustomParser = ParseServers,
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<string[]> _listen = new("--listen")
    {
        Description = $"Address to accept requests on; repeatable. [default: {ListenerOptions.DefaultUrl}]",
        HelpName = "url",
        DefaultValueFactory = static _ => [],
    };

    private readonly TlsCommandLine _tls = new();

    private readonly Option<string?> _config = CreateConfig("Routes, clusters and listeners; read again when the file changes.");

    private readonly Option<LoadBalancingPolicy?> _policy = new("--policy")
    {
        Description = $"How a destination is picked: {string.Join(", ", Enum.GetNames<LoadBalancingPolicy>())}. [default: RoundRobin]",
        HelpName = "name",
        CustomParser = static result => ParseName<LoadBalancingPolicy>(result, static name => name),
    };

    private readonly Option<string?> _healthPath = new("--health-path") { Description = "The path that health checks ask for. [default: /]", HelpName = "path" };

    private readonly Option<TimeSpan?> _healthInterval = CreateSpan("--health-interval", "The pause between two health checks. [default: 10s]", mostHours: 24);

    private readonly Option<TimeSpan?> _healthTimeout = CreateSpan("--health-timeout", "How long a health check may take. [default: 2s]", mostHours: 1);

    private readonly Option<int?> _healthRise = new("--health-rise") { Description = "Checks that must pass in a row to be healthy again. [default: 1]", HelpName = "n" };

    private readonly Option<int?> _healthFall = new("--health-fall") { Description = "Checks that must fail in a row to be unhealthy. [default: 2]", HelpName = "n" };

    private readonly Option<bool> _sticky = new("--sticky") { Description = "Let the requests of a client stay with one destination, by a cookie." };

    private readonly Option<string?> _admin = new("--admin") { Description = $"Address of the admin listener, or none. [default: {AdminOptions.DefaultUrl}]", HelpName = "url" };

    private readonly Option<EngineOption?> _engine = new("--engine")
    {
        Description = "What serves the listeners: auto, kestrel, or eventloop (on Linux). [default: auto]",
        HelpName = "name",
        CustomParser = static result => ParseName<EngineOption>(result, static name => name.ToLowerInvariant()),
    };

    private readonly Option<string?> _takeOver = new("--take-over") { Description = "Take over the listening sockets of the process that runs, by this Unix socket, and let the next take over from this one.", HelpName = "path" };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "A line for each health check and each request." };

    public RunCommandLine()
    {
        // In the spelling of the help, and not in that of the type.
        _engine.CompletionSources.Clear();
        _engine.CompletionSources.Add([.. Enum.GetNames<EngineOption>().Select(name => name.ToLowerInvariant())]);
        _healthPath.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var path }] && !path.StartsWith('/'))
            {
                result.AddError($"--health-path '{path}' does not begin with /");
            }
        });
        _listen.Validators.Add(static result => CheckAddresses(result));
        _admin.Validators.Add(static result => CheckAddresses(result, AdminOptions.Off));
        _healthRise.Validators.Add(CheckCount);
        _healthFall.Validators.Add(CheckCount);
    }

    public static Option<string?> CreateConfig(string description)
    {
        var config = new Option<string?>("--config") { Description = description, HelpName = "file.json" };
        config.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("--config has an empty name");
            }
        });
        return config;
    }

    public void AddTo(Command command)
    {
        Option[] ofServers = [_policy, _healthPath, _healthInterval, _healthTimeout, _healthRise, _healthFall, _sticky];
        Option[] all = [_servers, _listen, .. _tls.All, _config, .. ofServers, _admin, _engine, _takeOver, _verbose];
        Array.ForEach(all, command.Options.Add);
        _tls.CheckIn(command);
        command.Validators.Add(result =>
        {
            var without = result.GetResult(_servers) is { Implicit: false } ? null : Array.Find(ofServers, option => result.GetResult(option) is { Implicit: false });
            if (without is not null)
            {
                result.AddError($"{without.Name} is about the destinations of --servers, and there are none; in a file it is said per cluster");
            }
        });
    }

    public RunArguments Read(ParseResult parsed) => new()
    {
        Servers = parsed.GetValue(_servers) ?? [],
        Listen = parsed.GetValue(_listen) ?? [],
        TlsCertificates = _tls.CertificatesOf(parsed),
        TlsKeys = _tls.KeysOf(parsed),
        ConfigFile = parsed.GetValue(_config),
        Policy = parsed.GetValue(_policy),
        HealthPath = parsed.GetValue(_healthPath),
        HealthInterval = parsed.GetValue(_healthInterval),
        HealthTimeout = parsed.GetValue(_healthTimeout),
        HealthRise = parsed.GetValue(_healthRise),
        HealthFall = parsed.GetValue(_healthFall),
        Sticky = parsed.GetValue(_sticky),
        Admin = parsed.GetValue(_admin),
        Engine = parsed.GetValue(_engine),
        TakeOver = parsed.GetValue(_takeOver),
        Verbose = parsed.GetValue(_verbose),
    };

    // The ranges are those of the same settings in a file.
    private static Option<TimeSpan?> CreateSpan(string name, string description, int mostHours) => new(name)
    {
        Description = description,
        HelpName = "span",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!SpanText.TryParse(text, out var span))
            {
                result.AddError($"{name} '{text}' is not a span of time: write {SpanText.Forms}");
            }
            else if (span < TimeSpan.FromMilliseconds(10) || span > TimeSpan.FromHours(mostHours))
            {
                result.AddError($"{name} '{text}' is out of range: from 10ms to {mostHours}h");
            }

            return span;
        },
    };

    private static string[] ParseServers(ArgumentResult result)
    {
        var servers = result.Tokens
            .SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        if (servers.Length == 0)
        {
            result.AddError("--servers names no server: write host:port,host:port");
        }

        if (Array.Find(servers, server => !IsServer(TypedServer.Parse(server).Address)) is { } wrong)
        {
            result.AddError($"--servers '{wrong}' is not a server: write host:port, or http://host:port, with a port from 1 to 65535");
        }
        else if (servers.Select(server => (Text: server, TypedServer.Parse(server).Error)).FirstOrDefault(server => server.Error is not null) is { Error: { } error } faulty)
        {
            result.AddError($"--servers '{faulty.Text}' {error}");
        }
        else if (servers.GroupBy(server => TypedServer.Parse(server).Key, server => server, static (_, same) => same.Distinct(StringComparer.OrdinalIgnoreCase).ToArray()).FirstOrDefault(same => same.Length > 1) is { } same)
        {
            result.AddError($"--servers names one server in two ways: {string.Join(" and ", same.Take(2))}");
        }

        return servers;
    }

    private static bool IsServer(string server)
    {
        var hasScheme = server.Contains("://", StringComparison.Ordinal);
        return Uri.TryCreate(hasScheme ? server : $"http://{server}", UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0
            && uri.Port is > 0 and <= 65535
            && uri is { Query: "", Fragment: "", UserInfo: "" }
            && (hasScheme || (!uri.IsDefaultPort || server.EndsWith(":80", StringComparison.Ordinal)) && uri.AbsolutePath == "/");
    }

    private static T? ParseName<T>(ArgumentResult result, Func<string, string> spelling)
        where T : struct, Enum
    {
        var text = result.Tokens[0].Value;
        foreach (var value in Enum.GetValues<T>())
        {
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        result.AddError($"{((OptionResult)result.Parent!).Option.Name} '{text}' is not one of {string.Join(", ", Enum.GetNames<T>().Select(spelling))}");
        return null;
    }

    private static void CheckAddresses(OptionResult result, string? alsoAllowed = null)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value != alsoAllowed && ListenAddress.Parse(token.Value) is (null, var error))
            {
                result.AddError($"{result.Option.Name} {error}");
            }
            else if (alsoAllowed is not null && ListenAddress.Parse(token.Value) is ({ IsTls: true }, _))
            {
                result.AddError($"{result.Option.Name} '{token.Value}' asks for TLS, which the admin listener does not have: write http://host:port");
            }
        }
    }

    private static void CheckCount(OptionResult result)
    {
        if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out var count) && count is >= 1 and <= 1000))
        {
            result.AddError($"{result.Option.Name} '{text}' is not a whole number from 1 to 1000");
        }
    }
}
