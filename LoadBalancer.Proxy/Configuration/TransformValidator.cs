using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the transforms of a route: by YARP's rules, and by ours about the fields that a proxy answers for itself. Each has one error at most.</summary>
internal static class TransformValidator
{
    /// <summary>Reports what is wrong with the transforms of a route.</summary>
    /// <param name="path">Where the route stands.</param>
    /// <param name="route">The route.</param>
    /// <param name="report">Is told the path and the message of each error.</param>
    public static void Check(string path, RouteOptions route, Action<string, string> report)
    {
        if (route.AnswersBy is { } own && route.Transforms.Count > 0)
        {
            report($"{path}:Transforms", own == nameof(route.Redirect) ? "has no effect: a redirect passes nothing on" : "has no effect: an answer of the proxy's own passes nothing on");
            return;
        }

        // A pattern that is wrong has an error of its own.
        var pattern = route.Match.Path is { } text ? PathPattern.Parse(text).Pattern : PathPattern.Any;
        string[] names = pattern is null ? [] : [.. pattern.Names, .. pattern.RestName is { Length: > 0 } rest ? [rest] : Array.Empty<string>()];
        for (var i = 0; i < route.Transforms.Count; i++)
        {
            if (Check(route.Transforms[i], names, route) is var (key, message))
            {
                report(key.Length == 0 ? $"{path}:Transforms:{i}" : $"{path}:Transforms:{i}:{key}", message);
            }
        }
    }

    private static (string Key, string Message)? Check(IReadOnlyDictionary<string, string> transform, string[] routeValues, RouteOptions route)
    {
        if (TransformTable.NameOf(transform) is not { } name)
        {
            return transform.Count == 0
                ? ("", "is empty: it names no transform")
                : (transform.Keys.First(), NearestName.Explain(transform.Keys.First(), TransformTable.Parameters.Keys));
        }

        var parameters = TransformTable.Parameters[name];
        if (transform.Keys.FirstOrDefault(key => !key.Equals(name, StringComparison.OrdinalIgnoreCase) && !parameters.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            return (unknown, parameters.Length == 0 ? $"unknown key; {name} has no further ones" : NearestName.Explain(unknown, parameters));
        }

        return TransformFactories.Validate(transform) is [var error, ..] ? ("", error)
            : (CheckField(name, transform, route) ?? CheckRouteValues(name, transform, routeValues) ?? CheckMethod(name, transform)) is { } message ? (name, message)
            : null;
    }

    private static string? CheckField(string name, IReadOnlyDictionary<string, string> transform, RouteOptions route)
    {
        var field = transform[name];
        return name switch
        {
            TransformTable.RequestHeader or TransformTable.RequestHeaderRouteValue or TransformTable.RequestHeaderRemove or TransformTable.ClientCert =>
                CheckName(field) ?? CheckRequestField(name, field, transform, route) ?? CheckValue(name == TransformTable.RequestHeaderRouteValue ? null : TransformTable.ValueOf(transform)),
            TransformTable.ResponseHeader or TransformTable.ResponseHeaderRemove => CheckName(field)
                ?? (IsFraming(field) || FieldTable.Of(field) is { Answer: not FieldFate.Pass, Name: not "Alt-Svc" } ? OfTheProxy(field) : null)
                ?? CheckValue(TransformTable.ValueOf(transform)),
            TransformTable.ResponseTrailer or TransformTable.ResponseTrailerRemove => CheckName(field)
                ?? (FieldTable.Of(field).Trailer == FieldFate.Pass ? null : $"'{field}' may not come after a body (RFC 9110, 6.5.1)")
                ?? CheckValue(TransformTable.ValueOf(transform)),
            TransformTable.XForwarded => transform.GetValueOrDefault(TransformTable.HeaderPrefix) is { } prefix ? CheckName($"{prefix}For") : null,
            _ => null,
        };
    }

    private static string? CheckRequestField(string name, string field, IReadOnlyDictionary<string, string> transform, RouteOptions route)
    {
        if (field.Equals("Host", StringComparison.OrdinalIgnoreCase))
        {
            return name == TransformTable.RequestHeaderRemove ? "a request without Host is none: RequestHeaderOriginalHost says whose it is"
                : transform.ContainsKey(TransformTable.Append) ? "there is one Host: write Set"
                : name == TransformTable.RequestHeader && !MessageSyntax.IsHost(TransformTable.ValueOf(transform)) ? $"'{TransformTable.ValueOf(transform)}' is not a host: write name or name:port"
                : null;
        }

        if (IsForwarded(field))
        {
            var isTold = route.Transforms.Any(other => TransformTable.NameOf(other) is TransformTable.XForwarded or TransformTable.Forwarded);
            return isTold ? null : $"has no effect: the proxy writes {field} itself, unless an X-Forwarded or Forwarded transform says otherwise";
        }

        // What else of the forwarded kind stays behind is the client's word, which the operator may put his own in place of.
        return IsFraming(field) || (FieldTable.Of(field).Request != FieldFate.Pass && !field.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)) ? OfTheProxy(field) : null;
    }

    private static string? CheckRouteValues(string name, IReadOnlyDictionary<string, string> transform, string[] routeValues)
    {
        string[] wanted = name switch
        {
            TransformTable.QueryRouteParameter or TransformTable.RequestHeaderRouteValue => [TransformTable.ValueOf(transform)!],
            TransformTable.PathPattern => [.. RoutePatternFactory.Parse(transform[name]).Parameters.Where(parameter => parameter.Default is null && !parameter.IsOptional).Select(parameter => parameter.Name)],
            _ => [],
        };
        var missing = wanted.FirstOrDefault(value => !routeValues.Contains(value, StringComparer.OrdinalIgnoreCase));
        return missing is null ? null : $"'{missing}' is no part of Match:Path; known there: {(routeValues.Length == 0 ? "none" : string.Join(", ", routeValues))}";
    }

    private static string? CheckMethod(string name, IReadOnlyDictionary<string, string> transform) =>
        name == TransformTable.HttpMethodChange && transform[TransformTable.Set].ToUpperInvariant() is "CONNECT" or "TRACE"
            ? $"'{transform[TransformTable.Set]}' is not passed on"
            : null;

    private static string? CheckName(string field) => MessageSyntax.IsToken(field) ? null : $"'{field}' is not the name of a header";

    private static string? CheckValue(string? value) =>
        value is null || (MessageSyntax.IsFieldValue(value) && !value.AsSpan().ContainsAnyExceptInRange('\0', '\xff')) ? null : "has a value that no header can carry: control characters, or such beyond Latin-1";

    private static bool IsFraming(string field) => field.Equals("Content-Length", StringComparison.OrdinalIgnoreCase);

    private static bool IsForwarded(string field) => FieldTable.Of(field).Name is FieldTable.ForwardedFor or FieldTable.ForwardedProto or FieldTable.ForwardedHost or FieldTable.ForwardedPrefix or FieldTable.Forwarded;

    private static string OfTheProxy(string field) => $"'{field}' is between neighbours, or the proxy's own: it writes what stands there";
}
