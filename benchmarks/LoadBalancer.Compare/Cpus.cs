using System.Globalization;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>Which CPU does what. Left to the scheduler, the same pair of programs gives ratios that scatter by a fifth.</summary>
/// <param name="Proxy">For the proxy under load.</param>
/// <param name="Load">For the load generator, the destinations and this program.</param>
internal sealed record Cpus(int Proxy, int Load)
{
    /// <summary>The two CPUs that were asked for, or the first two that we may use.</summary>
    /// <exception cref="CompareException">There are not two.</exception>
    public static Cpus Choose(int? proxy, int? load)
    {
        var allowed = Proc.ReadAllowedCpus();
        if (new[] { proxy, load }.FirstOrDefault(cpu => cpu is { } wanted && !allowed.Contains(wanted)) is { } wrong)
        {
            throw new CompareException($"this process may not run on CPU {wrong}, only on {string.Join(", ", allowed)}");
        }

        var free = allowed.Where(cpu => cpu != proxy && cpu != load).ToList();
        if (proxy == load && proxy is not null || free.Count < (proxy is null ? 1 : 0) + (load is null ? 1 : 0))
        {
            throw new CompareException("two CPUs are needed: one for the proxy, one for the load generator and the destinations");
        }

        return new(proxy ?? free[0], load ?? free[proxy is null ? 1 : 0]);
    }

    /// <summary>Where proxies run in a scenario, as <c>taskset</c> has it.</summary>
    public string OfProxy(Scenario scenario) => scenario.Threads == 1 ? List(Proxy) : List(Proxy, Load);

    /// <summary>Where load generator and destinations run in a scenario, as <c>taskset</c> has it.</summary>
    public string OfLoad(Scenario scenario) => scenario.Threads == 1 ? List(Load) : List(Proxy, Load);

    /// <summary>Keeps this program off the proxy's CPU.</summary>
    public Task StepAsideAsync(CancellationToken cancellationToken) => Child.RunAsync(
        new Launch(Programs.Need("taskset"), "-a", "-c", "-p", Load.ToString(CultureInfo.InvariantCulture), Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
        TimeSpan.FromSeconds(10),
        cancellationToken);

    private static string List(params IEnumerable<int> cpus) => string.Join(',', cpus.Select(cpu => cpu.ToString(CultureInfo.InvariantCulture)));
}
