using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The body of a call of the API.</summary>
internal static class JsonBody
{
    /// <summary>Reads the body.</summary>
    /// <returns>The body, or null when it is none; with a problem where it could not be read at all, which is then the answer.</returns>
    public static async Task<(T? Body, IResult? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return (await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted), null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
        catch (BadHttpRequestException exception)
        {
            return (null, Problem(exception.StatusCode, exception.Message));
        }
    }

    /// <summary>A problem (RFC 9457).</summary>
    public static IResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}

/// <summary>How the framework writes a problem, with the extensions that ours have.</summary>
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(JsonArray))]
internal sealed partial class ProblemJson : JsonSerializerContext;
