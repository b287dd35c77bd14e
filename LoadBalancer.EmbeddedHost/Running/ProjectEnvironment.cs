using System.Collections;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Dashboard;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>The environment variables of a project, as Aspire gives them.</summary>
internal static class ProjectEnvironment
{
    // What the host was started with is not what its children are meant to run with.
    private static readonly string[] NotInherited = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "ASPIRE_", "OTEL_SERVICE_NAME"];

    private const string Loopback = "localhost,127.0.0.1,::1";

    /// <summary>Adds what every project gets.</summary>
    public static Task AddDefaults(EnvironmentCallbackContext context, IDistributedApplicationBuilder builder)
    {
        var variables = context.EnvironmentVariables;
        if (context.ExecutionContext.IsPublishMode)
        {
            AddPublished(context.Resource, variables);
            return Task.CompletedTask;
        }

        var urls = context.Resource.Annotations.OfType<EndpointAnnotation>()
            .Where(endpoint => endpoint.UriScheme is "http" or "https")
            .Select(endpoint => endpoint.AllocatedEndpoint?.UriString)
            .ToArray();
        if (urls.Length > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        }

        var dashboard = builder.Resources.OfType<DashboardResource>().FirstOrDefault();
        if ((dashboard?.OtlpGrpc ?? builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) is { Length: > 0 } collector)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = dashboard is null ? builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "grpc" : "grpc";
            if (builder.Configuration[DashboardResource.Secrets.OtlpApiKey] is { Length: > 0 } key)
            {
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
            }
        }

        variables["OTEL_SERVICE_NAME"] = context.Resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={InstanceId.Of(context.Resource)}";
        // Short delays: whoever runs this on a desk wants to see a change when it happens.
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        return Task.CompletedTask;
    }

    // In a container: telemetry waits in memory while its collector is away, and the program listens on the ports of its endpoints.
    private static void AddPublished(IResource resource, Dictionary<string, object> variables)
    {
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (resource.Annotations.OfType<EndpointAnnotation>().Any() && !resource.Annotations.OfType<DisableForwardedHeadersAnnotation>().Any())
        {
            variables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }

        var ports = new ReferenceExpression.ExpressionInterpolatedStringHandler(0, 2);
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme == "http"))
        {
            ports.AppendLiteral(ports.Parts.Count > 0 ? ";" : "");
            ports.AppendFormatted(new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name).Property(EndpointProperty.TargetPort));
        }

        if (ports.Parts.Count > 0)
        {
            variables["HTTP_PORTS"] = ReferenceExpression.Create(ports);
        }
    }

    /// <summary>Adds the addresses of another resource under a service name, after those that are there already.</summary>
    public static void AddReference(EnvironmentCallbackContext context, IResourceWithEndpoints source, string name)
    {
        foreach (var endpoint in source.Annotations.OfType<EndpointAnnotation>())
        {
            var reference = new EndpointReference(source, endpoint.Name);
            context.EnvironmentVariables[$"{Encode(name)}_{Encode(endpoint.Name).ToUpperInvariant()}"] = reference;

            var scheme = endpoint.Name is "http" or "https" ? endpoint.UriScheme : endpoint.Name;
            var index = 0;
            while (context.EnvironmentVariables.ContainsKey(Key(index)))
            {
                index++;
            }
            context.EnvironmentVariables[Key(index)] = reference;

            string Key(int n) => string.Create(CultureInfo.InvariantCulture, $"services__{name}__{scheme}__{n}");
        }
    }

    /// <summary>The variables that the application asks for, in full.</summary>
    public static async Task<Dictionary<string, string>> ResolveAsync(
        IResource resource,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var resolved = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            resolved[name] = value switch
            {
                IValueProvider provider => await provider.GetValueAsync(cancellationToken) ?? "",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            };
        }
        return resolved;
    }

    /// <summary>The surroundings of the host without what is meant for the host alone, and over them what the application asks for.</summary>
    public static Dictionary<string, string> WithSurroundings(IReadOnlyDictionary<string, string> asked)
    {
        var all = new Dictionary<string, string>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!NotInherited.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                all[name] = (string?)variable.Value ?? "";
            }
        }

        // A child is an executable of its own and must find the runtime even where .NET is not installed system-wide.
        all.TryAdd("DOTNET_ROOT", RuntimeFolder());
        // Telemetry goes to this machine, and so does what the dashboard asks: no proxy that the surroundings name leads there.
        if (all.Keys.Any(name => name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)))
        {
            var direct = all.GetValueOrDefault("no_proxy") ?? all.GetValueOrDefault("NO_PROXY");
            all["no_proxy"] = all["NO_PROXY"] = string.IsNullOrEmpty(direct) ? Loopback : $"{direct},{Loopback}";
        }

        foreach (var (name, value) in asked)
        {
            all[name] = value;
        }
        return all;
    }

    // <root>/shared/Microsoft.NETCore.App/<version>/
    private static string RuntimeFolder() =>
        Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Encode(string name) =>
        string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
}

/// <summary>Tells the telemetry of one process from another's of the same name; the same over stop and start.</summary>
internal sealed record InstanceId(string Value) : IResourceAnnotation
{
    public static InstanceId New() => new(Guid.NewGuid().ToString("N")[..8]);

    public static string Of(IResource resource) => resource.Annotations.OfType<InstanceId>().Last().Value;
}
