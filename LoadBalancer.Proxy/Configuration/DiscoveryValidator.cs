using System.Globalization;
using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks where a cluster finds its destinations; a part of <see cref="LoadBalancerOptionsValidator"/>.</summary>
internal static class DiscoveryValidator
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;
    private const int DnsPort = 53;

    /// <summary>Reports every error.</summary>
    /// <param name="path">The path of the cluster.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="report">Takes the path and the message of an error.</param>
    public static void Check(string path, ClusterOptions cluster, Action<string, string> report)
    {
        if (cluster.Discovery is not { } discovery)
        {
            return;
        }

        if (discovery is { Dns: not null, Kubernetes: not null })
        {
            report($"{path}:Discovery", "has both Dns and Kubernetes: keep one of the two");
        }
        else if (discovery is { Dns: null, Kubernetes: null })
        {
            report($"{path}:Discovery", "finds nothing: it says nowhere to look. Write Dns or Kubernetes");
        }

        if (discovery.Dns is { } dns)
        {
            CheckDns($"{path}:Discovery:Dns", dns, report);
        }

        if (discovery.Kubernetes is { } kubernetes)
        {
            CheckKubernetes($"{path}:Discovery:Kubernetes", kubernetes, report);
        }

        if (discovery.IsTls)
        {
            CheckTls(path, cluster.HttpClient, report);
        }
    }

    /// <summary>A DNS server as the operator writes it: <c>ip</c>, <c>ip:port</c> or <c>[ip]:port</c>; null when it is none.</summary>
    public static IPEndPoint? ParseServer(string text) =>
        text.AsSpan().ContainsAny('.', ':') && IPEndPoint.TryParse(text, out var server) ? new IPEndPoint(server.Address, server.Port == 0 ? DnsPort : server.Port) : null;

    private static void CheckDns(string path, DnsDiscoveryOptions dns, Action<string, string> report)
    {
        if (dns.Name.Length > 0 && !IsName(dns.Name))
        {
            report($"{path}:Name", $"'{dns.Name}' is not a name to look up: write a host name, such as web.example.com");
        }

        if (dns.Record == DnsRecord.Address && dns.Port is null)
        {
            report($"{path}:Port", "is missing: addresses in DNS have no port");
        }
        else if (dns.Record == DnsRecord.Srv && dns.Port is not null)
        {
            report($"{path}:Port", "has no effect: SRV records have ports of their own");
        }

        if (dns.Host is { } host && !MessageSyntax.IsHost(host))
        {
            report($"{path}:Host", $"'{host}' is not a host: write name or name:port");
        }

        for (var i = 0; i < dns.Servers.Count; i++)
        {
            if (ParseServer(dns.Servers[i]) is null)
            {
                report($"{path}:Servers:{i}", $"'{dns.Servers[i]}' is not a DNS server: write its IP address, and a port if it is not 53, as in 10.0.0.2:5353");
            }
        }

        if (dns.MaximumInterval < dns.MinimumInterval)
        {
            report($"{path}:MaximumInterval", $"{SpanText.Format(dns.MaximumInterval)} is less than MinimumInterval, {SpanText.Format(dns.MinimumInterval)}");
        }
    }

    private static void CheckKubernetes(string path, KubernetesDiscoveryOptions kubernetes, Action<string, string> report)
    {
        foreach (var (key, name) in new[] { (nameof(kubernetes.Service), kubernetes.Service), (nameof(kubernetes.Namespace), kubernetes.Namespace) })
        {
            if (name is { Length: > 0 } && !IsLabel(name))
            {
                report($"{path}:{key}", $"'{name}' is not a name in Kubernetes: write small letters, digits and hyphens");
            }
        }

        if (kubernetes.Port is { } port && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number is > 0 and <= ushort.MaxValue : IsLabel(port)))
        {
            report($"{path}:Port", $"'{port}' is not a port: write its name, or a number from 1 to 65535");
        }

        if (kubernetes.Host is { } host && !MessageSyntax.IsHost(host))
        {
            report($"{path}:Host", $"'{host}' is not a host: write name or name:port");
        }

        if (kubernetes.Url is { } url && DestinationAddress.Parse(url) is { Address: null, Error: var error })
        {
            report($"{path}:Url", error);
        }

        if (kubernetes.TokenFile is { } file && !File.Exists(file))
        {
            report($"{path}:TokenFile", $"there is no file {file}");
        }
    }

    // Who was found is known by an address, and for those there are hardly any certificates.
    private static void CheckTls(string path, HttpClientOptions client, Action<string, string> report)
    {
        if (client.Tls.ServerName is null && !client.DangerousAcceptAnyServerCertificate)
        {
            report($"{path}:HttpClient:Tls:ServerName", "is missing: destinations that are found have addresses and no names, so say for which name their certificates are");
        }
    }

    // RFC 1123, as Kubernetes has it.
    private static bool IsLabel(string name) => name.Length <= LongestLabel && name[0] != '-' && name[^1] != '-' && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static bool IsName(string name) =>
        name.Length <= LongestName && !IPAddress.TryParse(name, out _)
        && (name.EndsWith('.') ? name[..^1] : name).Split('.') is var labels
        && Array.TrueForAll(labels, label => label.Length is > 0 and <= LongestLabel && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));
}
