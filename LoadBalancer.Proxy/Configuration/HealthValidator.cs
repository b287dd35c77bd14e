using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks how a cluster finds out about its destinations; a part of <see cref="LoadBalancerOptionsValidator"/>.</summary>
internal static class HealthValidator
{
    /// <summary>Reports every error.</summary>
    /// <param name="path">The path of the cluster.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="report">Takes the path and the message of an error.</param>
    public static void Check(string path, ClusterOptions cluster, Action<string, string> report)
    {
        CheckActive($"{path}:HealthCheck:Active", cluster.HealthCheck.Active, report);
        if (cluster.CircuitBreaker is { ConsecutiveFailures: 0, FailureRate: null })
        {
            report($"{path}:CircuitBreaker", "never opens: ConsecutiveFailures is 0, and there is no FailureRate");
        }

        if (cluster.OutlierDetection is not { } outliers)
        {
            return;
        }

        if (cluster.HealthCheck.Passive.Enabled)
        {
            report($"{path}:HealthCheck:Passive:Enabled", "says the same as OutlierDetection in other words: keep one of the two");
        }

        if (outliers.MaximumEjectionTime < outliers.EjectionTime)
        {
            report($"{path}:OutlierDetection:MaximumEjectionTime", $"{SpanText.Format(outliers.MaximumEjectionTime)} is less than EjectionTime, {SpanText.Format(outliers.EjectionTime)}");
        }

        if (outliers is { ConsecutiveFailures: 0, FailureRate: null, Latency: null })
        {
            report($"{path}:OutlierDetection", "looks for nothing: ConsecutiveFailures is 0, and there is neither FailureRate nor Latency");
        }
    }

    private static void CheckActive(string path, ActiveHealthCheckOptions active, Action<string, string> report)
    {
        if (!active.Path.StartsWith('/'))
        {
            report($"{path}:Path", $"'{active.Path}' does not begin with /");
        }

        if (active.Query is { Length: > 0 } query && !query.StartsWith('?'))
        {
            report($"{path}:Query", $"'{query}' does not begin with ?");
        }

        if (!MessageSyntax.IsToken(active.Method) || active.Method.Equals("CONNECT", StringComparison.OrdinalIgnoreCase))
        {
            report($"{path}:Method", $"'{active.Method}' is not a method to ask with");
        }

        if (active.Body is not null && (active.Kind != ProbeKind.Http || active.Method.Equals("HEAD", StringComparison.OrdinalIgnoreCase)))
        {
            report($"{path}:Body", $"has no effect: {(active.Kind == ProbeKind.Http ? "Method is HEAD, which is answered without a body" : $"Kind is {active.Kind}")}");
        }

        if (active.Kind != ProbeKind.Http)
        {
            CheckKeysOfHttp(path, active, report);
        }

        if (active.Service is not null && active.Kind != ProbeKind.Grpc)
        {
            report($"{path}:Service", $"has no effect: Kind is {active.Kind}, not Grpc");
        }

        if (active.Headers.Count > 0 && active.Kind == ProbeKind.Tcp)
        {
            report($"{path}:Headers", "has no effect: Kind is Tcp");
        }

        foreach (var (name, value) in active.Headers)
        {
            CheckHeader($"{path}:Headers:{name}", name, value, report);
        }
    }

    private static void CheckKeysOfHttp(string path, ActiveHealthCheckOptions active, Action<string, string> report)
    {
        var usual = new ActiveHealthCheckOptions();
        (string Key, bool IsSaid)[] keys =
        [
            (nameof(active.Path), active.Path != usual.Path),
            (nameof(active.Query), active.Query != usual.Query),
            (nameof(active.Method), active.Method != usual.Method),
            (nameof(active.Statuses), active.Statuses?.ToString() != usual.Statuses?.ToString()),
            (nameof(active.Version), active.Version != usual.Version),
        ];
        foreach (var (key, _) in keys.Where(key => key.IsSaid))
        {
            report($"{path}:{key}", $"has no effect: Kind is {active.Kind}");
        }
    }

    private static void CheckHeader(string path, string name, string value, Action<string, string> report)
    {
        if (!MessageSyntax.IsToken(name))
        {
            report(path, $"'{name}' is not the name of a header");
        }
        else if (FieldTable.Of(name) is { Request: not FieldFate.Pass, Answer: FieldFate.Drop } || name.Equals("Expect", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
        {
            report(path, $"{name} is not for a probe to send: it has no body, and one connection for itself");
        }
        else if (!MessageSyntax.IsFieldValue(value) || (name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !MessageSyntax.IsHost(value)))
        {
            report(path, $"'{value}' is not a value of {name}");
        }
    }
}
