using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The commands that ask a proxy that runs, or tell it something, over its admin listener.</summary>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where errors go, one line each.</param>
/// <param name="time">The clock.</param>
internal sealed class OperatorCommands(TextWriter output, TextWriter error, TimeProvider time)
{
    private readonly AdminCall _call = new(output, error);

    private readonly Argument<string> _destination = new("destination") { Description = "Its name, or cluster/name.", HelpName = "destination" };

    private readonly Option<bool> _watch = new("--watch") { Description = "Show it anew every second, until Ctrl+C." };

    private readonly Option<bool> _preview = new("--preview") { Description = "Say what would change, and change nothing." };

    /// <summary>Adds the commands.</summary>
    public void AddTo(RootCommand root)
    {
        // The help asks for completions as well, of no text: it shall not call anybody.
        _destination.CompletionSources.Add(context => context is TextCompletionContext ? NamesOfDestinations(context.ParseResult) : []);
        root.Add(CreateStatus());
        root.Add(CreateState("drain", "draining", "Give a destination no new requests; those that it has are finished."));
        root.Add(CreateState("resume", "active", "Give a destination requests again."));
        root.Add(CreateState("down", "down", "Take a destination out of service; requests that it has are finished."));
        root.Add(CreateWeight());
        root.Add(CreateReload());
        root.Add(CreateHealth());
        root.Add(CreateExplain());
    }

    private Command CreateStatus()
    {
        var status = _call.WithAction(new Command("status", "Show the clusters and their destinations.") { _watch }, async (_, client) =>
        {
            var text = await client.CallAsync(HttpMethod.Get, "api/clusters");
            return (text, () => OperatorTexts.Describe(AdminCall.Read(text, AdminCall.Answers.StateView)));
        });
        var once = status.Action;
        status.SetAction((parsed, cancellationToken) => parsed.GetValue(_watch)
            ? _call.RunAsync(parsed, client => new StatusWatch(client, output, time).RunAsync(parsed.GetValue(_call.Json), cancellationToken))
            : ((AsynchronousCommandLineAction)once!).InvokeAsync(parsed, cancellationToken));
        return status;
    }

    // What a container asks that has no program but this one.
    private Command CreateHealth() => _call.WithAction(new Command("health", "Say whether the proxy is ready for requests; the exit code is 0 when it is."), async (_, client) =>
        await client.IsReadyAsync() ? ("{\"ready\":true}", () => "ready") : throw new AdminCallException("not ready: the proxy starts or stops"));

    private Command CreateReload() => _call.WithAction(new Command("reload", "Have the proxy read its configuration again.") { _preview }, async (parsed, client) =>
    {
        var isPreview = parsed.GetValue(_preview);
        var text = await client.CallAsync(HttpMethod.Post, isPreview ? "api/reload?preview=true" : "api/reload", "");
        return (text, () => OperatorTexts.Describe(AdminCall.Read(text, AdminCall.Answers.ReloadView)));
    });

    private Command CreateState(string name, string state, string description) => _call.WithAction(
        new Command(name, description) { _destination },
        (parsed, client) => ChangeAsync(client, parsed.GetValue(_destination)!, $$"""{"state":"{{state}}"}"""));

    private Command CreateWeight()
    {
        var weight = new Argument<string>("weight") { HelpName = "weight", Description = $"From 0, for no new requests, to {DestinationOptions.MostWeight}; or default, for that of the configuration." };
        weight.CompletionSources.Add("default");
        weight.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && text != "default" && !(int.TryParse(text, out var number) && number is >= 0 and <= DestinationOptions.MostWeight))
            {
                result.AddError($"weight '{text}' is not a whole number from 0 to {DestinationOptions.MostWeight}, or default");
            }
        });
        return _call.WithAction(
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
        return _call.WithAction(explain, async (parsed, client) =>
        {
            var body = Body(parsed.GetValue(method)!, parsed.GetValue(url), parsed.GetValue(headers), parsed.GetValue(from));
            var text = await client.CallAsync(HttpMethod.Post, "api/explain", JsonSerializer.Serialize(body, AdminJson.Default.ExplainBody));
            return (text, () => OperatorTexts.Describe($"{body.Method} {body.Url}", AdminCall.Read(text, AdminCall.Answers.ExplainView)));
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
        var clusters = AdminCall.Read(await client.CallAsync(HttpMethod.Get, "api/clusters"), AdminCall.Answers.StateView).Clusters;
        var (cluster, name) = Find(clusters, destination);
        var text = await client.CallAsync(HttpMethod.Patch, $"api/clusters/{Uri.EscapeDataString(cluster)}/destinations/{Uri.EscapeDataString(name)}", body);
        return (text, () => OperatorTexts.Describe(cluster, AdminCall.Read(text, AdminCall.Answers.DestinationView)));
    }

    // For the completion of what is being typed: whoever waits for a key to do something does not wait long.
    private IEnumerable<string> NamesOfDestinations(ParseResult parsed)
    {
        try
        {
            using var client = _call.CreateClient(parsed, TimeSpan.FromSeconds(1));
            var clusters = AdminCall.Read(client.CallAsync(HttpMethod.Get, "api/clusters").GetAwaiter().GetResult(), AdminCall.Answers.StateView).Clusters;
            var names = clusters.SelectMany(cluster => cluster.Destinations, (cluster, destination) => (Cluster: cluster.Name, destination.Name)).ToList();
            return [.. names.Select(one => names.Count(other => other.Name.Equals(one.Name, StringComparison.OrdinalIgnoreCase)) == 1 ? one.Name : $"{one.Cluster}/{one.Name}")];
        }
        catch (Exception exception) when (exception is AdminCallException or UriFormatException)
        {
            return [];
        }
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
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class Texts : JsonSerializerContext;
