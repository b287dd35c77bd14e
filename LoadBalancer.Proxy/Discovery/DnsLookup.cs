using System.Collections.Concurrent;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Asks DNS servers for the addresses that a name stands for.</summary>
internal sealed class DnsLookup
{
    // So many targets of SRV records are looked up at once.
    private const int AtOnce = 8;

    private readonly DnsDiscoveryOptions _options;
    private readonly IReadOnlyList<IPEndPoint> _servers;
    private readonly Func<ResolverSettings> _readSettings;
    private readonly LookupClient _client;
    private readonly DnsQueryOptions _query;

    /// <param name="options">What to ask for.</param>
    /// <param name="readSettings">Reads the settings of the system, where the options name no servers.</param>
    public DnsLookup(DnsDiscoveryOptions options, Func<ResolverSettings> readSettings)
    {
        _options = options;
        _servers = [.. options.Servers.Select(DiscoveryValidator.ParseServer).OfType<IPEndPoint>()];
        _readSettings = readSettings;
        _query = new DnsQueryOptions { UseCache = false, ThrowDnsErrors = false, UseTcpFallback = true, Retries = 1, Timeout = options.Timeout };

        // Given a server, though it is never asked, it does not go through the machine's network cards for others.
        _client = new LookupClient(new LookupClientOptions(IPAddress.Loopback) { UseCache = false });
    }

    /// <summary>Asks once. An answer without an address is none: a name that is gone for a moment must not take a cluster down.</summary>
    public async Task<DnsReading> AskAsync(CancellationToken cancellationToken)
    {
        var settings = _servers.Count > 0 ? new ResolverSettings(_servers, [], 0) : _readSettings();
        var failure = "";
        foreach (var name in settings.Candidates(_options.Name))
        {
            var reading = _options.Record == DnsRecord.Srv
                ? await AskForServicesAsync(name, settings.Servers, cancellationToken)
                : await AskForAddressesAsync(name, settings.Servers, cancellationToken);
            if (reading.Found.Count > 0)
            {
                return reading;
            }

            // That a server fails says more than that a name is not there.
            failure = reading.IsMissing && failure.Length > 0 ? failure : reading.Failure;
        }

        return DnsReading.Failed(failure);
    }

    private async Task<DnsReading> AskForAddressesAsync(string name, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        var readings = new List<DnsReading>();
        foreach (var type in _options.Family switch { DnsFamily.IPv4 => [QueryType.A], DnsFamily.IPv6 => [QueryType.AAAA], _ => new[] { QueryType.A, QueryType.AAAA } })
        {
            var (answer, failure) = await AskAsync(name, type, servers, cancellationToken);
            if (answer is null)
            {
                // Without those, it would look as if all addresses of the kind were gone.
                return DnsReading.Failed(failure);
            }

            readings.Add(ReadAddresses(name, type, answer));
        }

        var found = readings.SelectMany(reading => reading.Found).ToList();
        return found.Count > 0 ? new DnsReading(found, readings.Where(reading => reading.Found.Count > 0).Min(reading => reading.TimeToLive)) : readings[0];
    }

    private static DnsReading ReadAddresses(string name, QueryType type, IDnsQueryResponse answer)
    {
        var found = answer.Answers.OfType<AddressRecord>().Select(record => new DnsFound(record.Address, Port: 0)).ToList();
        return found.Count > 0 ? new DnsReading(found, TimeToLiveOf(answer)) : DnsReading.Missing(WhyMissing(name, type, answer));
    }

    private async Task<DnsReading> AskForServicesAsync(string name, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        var (answer, failure) = await AskAsync(name, QueryType.SRV, servers, cancellationToken);
        if (answer is null)
        {
            return DnsReading.Failed(failure);
        }

        // A target "." says that the service is not to be had there (RFC 2782).
        var records = answer.Answers.OfType<SrvRecord>().Where(record => record.Target.Value != ".").ToArray();
        if (records.Length == 0)
        {
            return DnsReading.Missing(WhyMissing(name, QueryType.SRV, answer));
        }

        var targets = new ConcurrentDictionary<string, DnsReading>();
        await Parallel.ForEachAsync(
            records.Select(record => record.Target.Value).Distinct(StringComparer.OrdinalIgnoreCase),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (target, stopping) => targets[target] = await AskForAddressesAsync(target, servers, stopping));
        if (targets.Values.FirstOrDefault(target => target is { Failure.Length: > 0, IsMissing: false }) is { } failed)
        {
            return failed;
        }

        // A target without an address is one less, as in an answer that names one less.
        var shares = SrvShares.Of([.. records.Select(record => (record.Priority, record.Weight))]);
        var found = records.SelectMany((record, i) => targets[record.Target.Value].Found.Select(address => new DnsFound(address.Address, record.Port, shares[i].Weight, shares[i].Priority))).ToList();
        return found.Count == 0
            ? DnsReading.Missing($"{name} (SRV) names no target that has an address")
            : new DnsReading(found, targets.Values.Where(target => target.Found.Count > 0).Select(target => target.TimeToLive).Append(TimeToLiveOf(answer)).Min());
    }

    // One server after the other: that a name is not there is an answer, and anything else is for the next one to do better.
    private async Task<(IDnsQueryResponse? Answer, string Failure)> AskAsync(string name, QueryType type, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        var failure = "";
        foreach (var server in servers)
        {
            try
            {
                var answer = await _client.QueryServerAsync([new NameServer(server)], new DnsQuestion(name, type), _query, cancellationToken);
                if (answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain)
                {
                    return (answer, "");
                }

                failure = $"{name} ({type}): {server} answered {answer.Header.ResponseCode}";
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failure = $"{name} ({type}): {server}: {(exception is OperationCanceledException or DnsResponseException { Code: DnsResponseCode.ConnectionTimeout } ? "no answer in time" : exception.Message)}";
            }
        }

        return (null, failure);
    }

    private static string WhyMissing(string name, QueryType type, IDnsQueryResponse answer) =>
        answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain ? $"{name} does not exist" : $"{name} has no {type} record";

    // Of aliases on the way as well: each may change by itself.
    private static TimeSpan TimeToLiveOf(IDnsQueryResponse answer) => TimeSpan.FromSeconds(answer.Answers.Min(record => record.InitialTimeToLive));
}

/// <summary>An address that DNS gave.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">Its port; 0 where the record has none.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Priority">Its priority, from 0 for the best.</param>
internal readonly record struct DnsFound(IPAddress Address, int Port, int Weight = DestinationOptions.DefaultWeight, int Priority = 0);

/// <summary>What came of asking.</summary>
/// <param name="Found">The addresses; none where there is a failure.</param>
/// <param name="TimeToLive">For how long they hold.</param>
/// <param name="Failure">Why there are none; empty where there are.</param>
/// <param name="IsMissing">Whether the servers answered, and the name has none.</param>
internal sealed record DnsReading(IReadOnlyList<DnsFound> Found, TimeSpan TimeToLive, string Failure = "", bool IsMissing = false)
{
    /// <summary>Nobody could say.</summary>
    public static DnsReading Failed(string failure) => new([], TimeSpan.Zero, failure);

    /// <summary>There is none.</summary>
    public static DnsReading Missing(string failure) => new([], TimeSpan.Zero, failure, IsMissing: true);
}
