using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The commands that ask a proxy that runs, or tell it something, over its admin listener.</summary>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class OperatorCommands(TextWriter output, TextWriter error)
{
    private const string TokenVariable = "LoadBalancer__Admin__Token";

    // The proxy may be newer than who asks it, and tell more.
    private static readonly AdminJson Answers = new(new JsonSerializerOptions(AdminJson.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip });

    private readonly Option<string> _admin = CreateAdmin();

    private readonly Option<string?> _token = new("--token") { Description = $"The bearer token of the admin listener. [default: the environment variable {TokenVariable}]", HelpName = "token" };

    private readonly Option<bool> _json = new("--json") { Description = "The answer of the API instead of text." };

    private readonly Argument<string> _destination = new("destination") { Description = "Its name, or cluster/name." };

    /// <summary>Adds the commands.</summary>
    public void AddTo(RootCommand root)
    {
        root.Add(CreateStatus());
        root.Add(CreateState("drain", "draining", "Give a destination no new requests; those that it has are finished."));
        root.Add(CreateState("resume", "active", "Give a destination requests again."));
        root.Add(CreateState("down", "down", "Take a destination out of service; requests that it has are finished."));
        root.Add(CreateWeight());
        root.Add(CreateExplain());
    }

    private Command CreateStatus() => WithAction(new Command("status", "Show the clusters and their destinations."), async (_, client) =>
    {
        var text = await client.CallAsync(HttpMethod.Get, "api/clusters");
        return (text, () => OperatorTexts.Describe(Read(text, Answers.StateView)));
    });

    private Command CreateState(string name, string state, string description) => WithAction(
        new Command(name, description) { _destination },
        (parsed, client) => ChangeAsync(client, parsed.GetValue(_destination)!, $$"""{"state":"{{state}}"}"""));

    private Command CreateWeight()
    {
        var weight = new Argument<string>("weight") { Description = $"From 0, for no new requests, to {DestinationOptions.MostWeight}; or default, for that of the configuration." };
        weight.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && text != "default" && !(int.TryParse(text, out var number) && number is >= 0 and <= DestinationOptions.MostWeight))
            {
                result.AddError($"weight '{text}' is not a whole number from 0 to {DestinationOptions.MostWeight}, or default");
            }
        });
        return WithAction(
            new Command("weight", "Give a destination another weight.") { _destination, weight },
            (parsed, client) => ChangeAsync(client, parsed.GetValue(_destination)!, $$"""{"weight":{{(parsed.GetValue(weight) is "default" ? "null" : parsed.GetValue(weight))}}}"""));
    }

    private Command CreateExplain()
    {
        var method = new Argument<string>("method") { Description = "The method of the request, such as GET." };
        var url = new Argument<string>("url") { Description = "Its URL: http://host/path, or /path." };
        var headers = new Option<string[]>("--header") { Description = "A header field of it; repeatable.", HelpName = "Name: value", DefaultValueFactory = static _ => [] };
        var from = new Option<string?>("--client") { Description = "The address of its client.", HelpName = "ip" };
        var explain = new Command("explain", "Say where a request would go, and why. No request is sent, and nothing changes.") { method, url, headers, from };
        explain.Validators.Add(result =>
        {
            if (result.GetValue(headers)?.FirstOrDefault(line => !line.Contains(':', StringComparison.Ordinal)) is { } header)
            {
                result.AddError($"--header '{header}' is not a header: write \"Name: value\"");
            }
            else if (result.GetValue(method) is { } typed && ExplainRequest.Read(Body(typed, result.GetValue(url), result.GetValue(headers), result.GetValue(from))) is (null, var wrong))
            {
                result.AddError(wrong);
            }
        });
        return WithAction(explain, async (parsed, client) =>
        {
            var body = Body(parsed.GetValue(method)!, parsed.GetValue(url), parsed.GetValue(headers), parsed.GetValue(from));
            var text = await client.CallAsync(HttpMethod.Post, "api/explain", JsonSerializer.Serialize(body, AdminJson.Default.ExplainBody));
            return (text, () => OperatorTexts.Describe($"{body.Method} {body.Url}", Read(text, Answers.ExplainView)));
        });
    }

    private static ExplainBody Body(string method, string? url, string[]? headers, string? client)
    {
        var fields = (headers ?? [])
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .GroupBy(field => field[0], field => field.ElementAtOrDefault(1), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(lines => lines.Key, lines => JsonSerializer.SerializeToElement([.. lines], Texts.Default.StringArray));
        return new ExplainBody(method, url, fields, client);
    }

    private static async Task<(string Json, Func<string> Text)> ChangeAsync(AdminClient client, string destination, string body)
    {
        var clusters = Read(await client.CallAsync(HttpMethod.Get, "api/clusters"), Answers.StateView).Clusters;
        var (cluster, name) = Find(clusters, destination);
        var text = await client.CallAsync(HttpMethod.Patch, $"api/clusters/{Uri.EscapeDataString(cluster)}/destinations/{Uri.EscapeDataString(name)}", body);
        return (text, () => OperatorTexts.Describe(cluster, Read(text, Answers.DestinationView)));
    }

    // A name may have a slash itself, where it is an address with a path.
    private static (string Cluster, string Name) Find(IReadOnlyList<ClusterView> clusters, string typed)
    {
        var all = clusters.SelectMany(cluster => cluster.Destinations, (cluster, destination) => (Cluster: cluster.Name, destination.Name)).ToArray();
        var found = Array.FindAll(all, one => Is(one.Name) || Is($"{one.Cluster}/{one.Name}"));
        return found switch
        {
            [var one] => one,
            [] => throw new AdminCallException($"there is no destination '{typed}'; {(all.Length == 0 ? "there are none" : $"there are {string.Join(", ", all.Select(one => $"{one.Cluster}/{one.Name}"))}")}"),
            _ => throw new AdminCallException($"'{typed}' is in several clusters: write {string.Join(" or ", found.Select(one => $"{one.Cluster}/{one.Name}"))}"),
        };

        bool Is(string name) => name.Equals(typed, StringComparison.OrdinalIgnoreCase);
    }

    private Command WithAction(Command command, Func<ParseResult, AdminClient, Task<(string Json, Func<string> Text)>> act)
    {
        command.Add(_admin);
        command.Add(_token);
        command.Add(_json);
        command.SetAction(async (parsed, _) =>
        {
            using var client = new AdminClient(new Uri(parsed.GetValue(_admin)!), parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable(TokenVariable));
            try
            {
                var (json, text) = await act(parsed, client);
                await output.WriteLineAsync((parsed.GetValue(_json) ? json : text()).TrimEnd());
                return ExitCodes.Success;
            }
            catch (AdminCallException exception)
            {
                await error.WriteLineAsync(exception.Message);
                return ExitCodes.Failure;
            }
        });
        return command;
    }

    private static T Read<T>(string json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException();
        }
        catch (JsonException exception)
        {
            throw new AdminCallException("the admin listener answers what is not understood: is the proxy of another version? --json shows it", exception);
        }
    }

    private static Option<string> CreateAdmin()
    {
        var admin = new Option<string>("--admin") { Description = "Address of the admin listener.", HelpName = "url", DefaultValueFactory = static _ => AdminOptions.DefaultUrl };
        admin.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }))
            {
                result.AddError($"--admin '{text}' is not a URL: write http://host:port");
            }
        });
        return admin;
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class Texts : JsonSerializerContext;
