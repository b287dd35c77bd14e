using System.Globalization;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks what no single value shows: names that must exist, addresses that must parse, choices that exclude each other.</summary>
internal sealed class LoadBalancerOptionsValidator
{
    private readonly List<ConfigurationError> _errors = [];

    /// <summary>Every error of the options; none when they can be run.</summary>
    /// <param name="options">The options.</param>
    /// <param name="certificates">The certificates that they name; null to read them for this alone.</param>
    public static List<ConfigurationError> Validate(LoadBalancerOptions options, ServerCertificates? certificates = null)
    {
        var validator = new LoadBalancerOptionsValidator();
        certificates ??= new ServerCertificates();
        ListenerValidator.Check(options, certificates, validator.Report);
        AcmeValidator.Check(options, validator.Report);
        TakeOverValidator.Check(options.TakeOver, validator.Report);
        OverloadOptions.Check(options, validator.Report);
        AccessLogOptions.Check(options.AccessLog, validator.Report);
        foreach (var (name, route) in options.Routes)
        {
            RouteValidator.Check($"Routes:{name}", route, options.Clusters, validator.Report);
        }

        foreach (var (name, cluster) in options.Clusters)
        {
            validator.CheckCluster($"Clusters:{name}", cluster);
            validator.CheckClientCertificate($"Clusters:{name}:HttpClient:Tls:ClientCertificate", cluster.HttpClient.Tls.ClientCertificate, certificates);
        }

        ZoneValidator.Check(options, validator.Report);
        FallbackValidator.Check(options.Clusters, validator.Report);
        SessionValidator.Check(options.Clusters, validator.Report);
        if (options.Routes.Count == 0 && options.Clusters.Count > 1)
        {
            validator.Report("Routes", $"is missing: with {options.Clusters.Count} clusters, routes must say which requests go where");
        }

        return validator._errors;
    }

    private void CheckCluster(string path, ClusterOptions cluster)
    {
        var addresses = new Dictionary<string, string>();
        foreach (var (name, destination) in cluster.Destinations)
        {
            var at = $"{path}:Destinations:{name}";
            if (destination.Address.Length > 0 && CheckAddress($"{at}:Address", destination.Address, services: true) is { } uri
                && DestinationAddress.KeyOf(uri) is var key && !addresses.TryAdd(key, name))
            {
                Report($"{at}:Address", $"{destination.Address} is the address of '{addresses[key]}' already");
            }

            if (destination.Host is { } host && !MessageSyntax.IsHost(host))
            {
                Report($"{at}:Host", $"'{host}' is not a host: write name or name:port");
            }

            if (destination.Health is { } health)
            {
                CheckAddress($"{at}:Health", health, services: false);
            }
        }

        CheckHash($"{path}:Hash", cluster.Hash);
        if (cluster.Retry.Statuses is { } retried && !retried.IsWithin(400, 599))
        {
            Report($"{path}:Retry:Statuses", $"'{retried}' has a status of an answer that is no error: write codes and ranges from 400 to 599");
        }

        if (cluster is { Queue: not null, MaxConcurrentRequests: null })
        {
            Report($"{path}:Queue", "has no effect: there is no MaxConcurrentRequests, so that nothing has to wait");
        }

        if (cluster.Hedge is { } hedge)
        {
            CheckHedge($"{path}:Hedge", hedge, cluster);
        }

        var tls = cluster.HttpClient.Tls;
        if (tls.ServerName is { } serverName && Uri.CheckHostName(serverName) == UriHostNameType.Unknown)
        {
            Report($"{path}:HttpClient:Tls:ServerName", $"'{serverName}' is not the name of a host");
        }

        if (cluster.HttpClient.DangerousAcceptAnyServerCertificate && tls.CertificateAuthorities is not null)
        {
            Report($"{path}:HttpClient:Tls:CertificateAuthorities", "has no effect: DangerousAcceptAnyServerCertificate takes any certificate");
        }

        ProxyProtocolValidator.Check(path, cluster, Report);
        HealthValidator.Check(path, cluster, Report);
        DiscoveryValidator.Check(path, cluster, Report);
    }

    private void CheckClientCertificate(string path, CertificateOptions? shown, ServerCertificates certificates)
    {
        // A missing name of a file has been reported already.
        if (shown is { File.Length: > 0 } && certificates.Of(shown) is (null, var key, var error))
        {
            Report($"{path}:{key}", error);
        }
    }

    private void CheckHedge(string path, HedgeOptions hedge, ClusterOptions cluster)
    {
        if (cluster.Retry.MaxAttempts == 1)
        {
            Report(path, "has no effect: Retry:MaxAttempts is 1, and the second attempt would be one too many");
        }
        else if (hedge.Delay >= cluster.HttpRequest.ActivityTimeout)
        {
            Report($"{path}:{nameof(hedge.Delay)}", $"has no effect: an attempt ends after {SpanText.Format(cluster.HttpRequest.ActivityTimeout)} without an answer, by HttpRequest:ActivityTimeout");
        }
    }

    private void CheckHash(string path, HashOptions hash)
    {
        RouteValidator.CheckKey(path, hash, Report);
        if (hash.BalanceFactor is > 0 and < 1)
        {
            Report($"{path}:BalanceFactor", string.Create(CultureInfo.InvariantCulture, $"{hash.BalanceFactor} is out of range: from 1 to 100, or 0 for no bound"));
        }
    }

    private Uri? CheckAddress(string path, string text, bool services)
    {
        var (address, error) = DestinationAddress.Parse(text, choosesScheme: services);
        if (address is null)
        {
            Report(path, error);
        }

        return address;
    }

    private void Report(string path, string message) => _errors.Add(new ConfigurationError(path, message));
}
