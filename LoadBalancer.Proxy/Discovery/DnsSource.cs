using System.Globalization;
using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Finds destinations by asking DNS for a name, again and again as its TTL says.</summary>
/// <param name="options">What to ask for, and how often.</param>
/// <param name="ask">Asks once.</param>
/// <param name="time">The clock.</param>
/// <param name="random">By which pauses differ, so that several proxies do not ask in step.</param>
internal sealed class DnsSource(DnsDiscoveryOptions options, Func<CancellationToken, Task<DnsReading>> ask, TimeProvider time, Random random) : DestinationSource(NameOf(options))
{
    private const double Jitter = 0.1;
    private const int MostPriority = 100;

    /// <inheritdoc />
    protected override async Task RunAsync(Action<DiscoveryAnswer> tell, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var reading = await AskSafelyAsync(stopping);
            tell(reading.Failure.Length > 0 ? new DiscoveryAnswer(null, reading.Failure) : new DiscoveryAnswer([.. reading.Found.Select(Define)]));
            await Task.Delay(PauseAfter(reading), time, stopping);
        }
    }

    /// <summary>How long until the name is asked for again: as long as the answer holds, within bounds.</summary>
    internal TimeSpan PauseAfter(DnsReading reading)
    {
        var pause = reading.TimeToLive < options.MinimumInterval ? options.MinimumInterval : reading.TimeToLive > options.MaximumInterval ? options.MaximumInterval : reading.TimeToLive;
        var shortened = pause * (1 - (Jitter * random.NextDouble()));
        return shortened < options.MinimumInterval ? options.MinimumInterval : shortened;
    }

    private static string NameOf(DnsDiscoveryOptions options) =>
        options.Record == DnsRecord.Srv ? $"DNS SRV {options.Name}" : string.Create(CultureInfo.InvariantCulture, $"DNS {options.Name}:{options.Port}");

    private async Task<DnsReading> AskSafelyAsync(CancellationToken stopping)
    {
        try
        {
            return await ask(stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            return DnsReading.Failed(exception.Message);
        }
    }

    private DestinationDefinition Define(DnsFound found)
    {
        var endPoint = new IPEndPoint(found.Address, options.Record == DnsRecord.Srv ? found.Port : options.Port!.Value);
        return new DestinationDefinition(
            endPoint.ToString(), FoundAddress.Of(options.Scheme, endPoint), Host: options.Host, Weight: found.Weight, Priority: Math.Min(options.Priority + found.Priority, MostPriority))
        {
            Source = Name,
        };
    }
}
