using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Mvc;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The body of a call of the API.</summary>
internal static class JsonBody
{
    /// <summary>Reads the body, and checks it.</summary>
    /// <param name="request">The call.</param>
    /// <param name="type">What the body is.</param>
    /// <param name="form">What it must be, in one sentence for who sent something else.</param>
    /// <param name="check">What is wrong with it, in one sentence; null where nothing is.</param>
    /// <returns>The body, or the answer that says what is wrong with it.</returns>
    public static async Task<(T? Body, IResult? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, string form, Func<T, string?> check)
        where T : class
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted);
            return body is null ? (null, Problem(StatusCodes.Status400BadRequest, form))
                : check(body) is { } wrong ? (null, Problem(StatusCodes.Status400BadRequest, $"{wrong} {form}"))
                : (body, null);
        }
        catch (JsonException exception)
        {
            return (null, Problem(StatusCodes.Status400BadRequest, $"{Explain(exception, type)}{form}"));
        }
        catch (BadHttpRequestException exception)
        {
            return (null, Problem(exception.StatusCode, exception.Message));
        }
    }

    // Which key is to blame, where one is.
    private static string Explain(JsonException exception, JsonTypeInfo type)
    {
        if (exception.InnerException is JsonException syntax)
        {
            return $"The body is not valid JSON at line {syntax.LineNumber + 1}. ";
        }

        var path = (exception.Path ?? "").TrimStart('$', '.', '[', '\'');
        if (path.IndexOfAny(['.', '[', '\'']) is >= 0 and var end)
        {
            path = path[..end];
        }

        if (path.Length == 0)
        {
            return "";
        }

        string[] known = [.. type.Properties.Select(property => property.Name)];
        if (known.Contains(path))
        {
            return $"The value of {path} is of the wrong kind. ";
        }

        var unknown = NearestName.Explain(path, known);
        return $"{path}: {unknown}{(unknown.EndsWith('?') ? "" : ".")} ";
    }

    /// <summary>A problem (RFC 9457).</summary>
    public static IResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}

/// <summary>How the framework writes a problem, with the extensions that ours have.</summary>
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(JsonArray))]
internal sealed partial class ProblemJson : JsonSerializerContext;
