using System.Text.Json.Nodes;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The calls about the configuration: what is in force, read it again, and what that would change.</summary>
internal static class ConfigurationApi
{
    /// <summary>How large a configuration that is sent may be, in bytes.</summary>
    public const int LargestFile = 16 * 1024 * 1024;

    private const string PreviewParameter = "preview";

    /// <summary>Maps the calls.</summary>
    public static void MapConfigurationApi(this IEndpointRouteBuilder api)
    {
        api.MapGet("/config", static (HttpContext context) => Show(context.RequestServices.GetRequiredService<ConfigurationAccess>().Read()));
        api.MapPost("/reload", ReloadAsync);
    }

    private static ContentHttpResult Show(ConfigurationReading reading)
    {
        var configuration = OptionsTree.Show(reading.Options);
        var sources = new JsonObject();
        if (reading.Origins is { } origins)
        {
            foreach (var path in Paths(configuration, ""))
            {
                if (origins.SourceOfValue(path) is { } source)
                {
                    sources[path] = source;
                }
            }
        }

        var answer = new JsonObject { ["configuration"] = configuration, ["sources"] = sources };
        return TypedResults.Text(answer.ToJsonString(AdminJson.Default.Options), "application/json");
    }

    private static IEnumerable<string> Paths(JsonNode? node, string path) => node switch
    {
        JsonObject parent => parent.SelectMany(child => Paths(child.Value, path.Length == 0 ? child.Key : $"{path}:{child.Key}")),
        JsonArray list => list.SelectMany((item, index) => Paths(item, $"{path}:{index}")),
        _ => [path],
    };

    private static async Task<IResult> ReloadAsync(HttpRequest request, ConfigurationAccess configuration)
    {
        // A slip in the name of the parameter must not make a reload of a preview.
        if (request.Query.Keys.FirstOrDefault(key => !key.Equals(PreviewParameter, StringComparison.OrdinalIgnoreCase)) is { } unknown)
        {
            return JsonBody.Problem(StatusCodes.Status400BadRequest, $"'{unknown}' is not a parameter of this call: it has preview, as in POST /api/reload?preview=true.");
        }

        if (!TryReadPreview(request.Query, out var isPreview))
        {
            return JsonBody.Problem(StatusCodes.Status400BadRequest, "preview must be true or false: POST /api/reload?preview=true.");
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LargestFile;
        }

        try
        {
            var file = new MemoryStream();
            await request.Body.CopyToAsync(file, request.HttpContext.RequestAborted);
            file.Position = 0;
            if (file.Length > 0 && !isPreview)
            {
                return JsonBody.Problem(StatusCodes.Status400BadRequest, "A body is for ?preview=true: it is what the configuration file would have in it. A reload reads the file itself.");
            }

            var changes = isPreview ? configuration.Preview(file.Length > 0 ? file : null) : await configuration.ReloadAsync();
            return TypedResults.Json(ReloadView.Of(!isPreview, changes), AdminJson.Default.ReloadView);
        }
        catch (ConfigurationException exception)
        {
            return Refuse(exception);
        }
        catch (BadHttpRequestException exception)
        {
            return JsonBody.Problem(exception.StatusCode, exception.Message);
        }
    }

    private static bool TryReadPreview(IQueryCollection query, out bool isPreview)
    {
        isPreview = false;
        return !query.TryGetValue(PreviewParameter, out var values) || bool.TryParse(values, out isPreview);
    }

    private static ProblemHttpResult Refuse(ConfigurationException exception) => TypedResults.Problem(
        title: "Configuration not valid",
        detail: string.Join('\n', exception.Errors),
        statusCode: StatusCodes.Status400BadRequest,
        extensions: [KeyValuePair.Create<string, object?>("errors", new JsonArray([.. exception.Errors.Select(Describe)]))]);

    private static JsonObject Describe(ConfigurationError error) => new() { ["path"] = error.Path, ["message"] = error.Message, ["source"] = error.Source };
}

/// <summary>What the API may do with the configuration.</summary>
/// <param name="Read">Reads what is in force.</param>
/// <param name="ReloadAsync">Reads the files again, and puts them in force; gives what has changed. Throws <see cref="ConfigurationException"/> where they are wrong.</param>
/// <param name="Preview">What that would change; of a text in place of the <c>--config</c> file, where there is one.</param>
internal sealed record ConfigurationAccess(Func<ConfigurationReading> Read, Func<Task<IReadOnlyList<OptionsChange>>> ReloadAsync, Func<Stream?, IReadOnlyList<OptionsChange>> Preview);

/// <param name="Reloaded">Whether the changes are in force; false for a preview.</param>
/// <param name="Changes">What is other than before.</param>
internal sealed record ReloadView(bool Reloaded, IReadOnlyList<ConfigurationChangeView> Changes)
{
    public static ReloadView Of(bool reloaded, IReadOnlyList<OptionsChange> changes) => new(reloaded, [.. changes.Select(change => new ConfigurationChangeView(
        change.Change switch
        {
            OptionsChangeKind.Added => "added",
            OptionsChangeKind.Removed => "removed",
            OptionsChangeKind.Changed => "changed",
            _ => throw new ArgumentOutOfRangeException(nameof(changes), change.Change, null),
        },
        change.Kind,
        change.Path,
        change.Before,
        change.After,
        change.IsForNextStart))]);
}

/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Kind">What it is about: route, cluster, destination, listener, service or setting.</param>
/// <param name="Path">Its key.</param>
/// <param name="Before">What stood there; null where nothing did.</param>
/// <param name="After">What stands there now; null where nothing does.</param>
/// <param name="NextStart">Whether it has no effect before the next start.</param>
internal sealed record ConfigurationChangeView(string Change, string Kind, string Path, string? Before, string? After, bool NextStart);
