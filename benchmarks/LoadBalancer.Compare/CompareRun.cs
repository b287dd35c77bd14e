using System.Reflection;
using System.Runtime.InteropServices;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Peers;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare;

/// <summary>Runs the program from its first line to its exit code.</summary>
/// <param name="output">Where the tables go.</param>
/// <param name="progress">Where it says how far it has come, and what went wrong.</param>
internal sealed class CompareRun(TextWriter output, TextWriter progress)
{
    /// <summary>The names of the proxies that there are, in the order of the table.</summary>
    public static readonly IReadOnlyList<string> ProxyNames = ["nginx", "haproxy", "haproxy-splice", "caddy", "yarp", "before", "kestrel", "eventloop", "eventloop-one"];

    /// <summary>Does what was asked. Whatever happens, what it has started has ended when this returns.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(CompareOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = StopOn(PosixSignal.SIGINT, stop);
        using var terminate = StopOn(PosixSignal.SIGTERM, stop);
        using var hangup = StopOn(PosixSignal.SIGHUP, stop);
        try
        {
            return await RunAsync(options, stop.Token);
        }
        catch (CompareException exception)
        {
            progress.WriteLine(exception.Message);
            return ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            progress.WriteLine("stopped");
            return ExitCodes.Interrupted;
        }
    }

    private async Task<int> RunAsync(CompareOptions options, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CompareException("only Linux tells what is measured here");
        }

        MustBeRelease();
        Programs.Need("wrk");
        var cpus = Cpus.Choose(options.ProxyCpu, options.LoadCpu);
        await cpus.StepAsideAsync(stop);
        var peers = CreatePeers(options);
        var nginx = Programs.Find("nginx") ?? options.Nginx ?? throw new CompareException("nginx is not installed, and the destinations need one");
        await DescribeAsync(peers, nginx, cpus, options.Effort, stop);

        var comparison = new Comparison([.. peers.Where(peer => peer.IsInstalled)], nginx, cpus, options, progress);
        var measured = new Dictionary<string, ScenarioFigures>();
        var failed = false;
        foreach (var scenario in options.Scenarios)
        {
            var figures = await comparison.RunAsync(scenario, stop);
            measured[scenario.Name] = figures;
            var rows = peers.Where(peer => peer.TakesPartIn(scenario)).Select(peer => new Row(peer.Name, peer.IsOurs, !peer.IsInstalled ? "not installed" : comparison.Failures.ContainsKey(peer.Name) ? "failed" : null));
            output.WriteLine($"\n### {scenario.Name}: {scenario.Description}\n");
            output.WriteLine(Report.Tabulate(figures, [.. rows], options.CountsCalls ? [.. scenario.Columns, Figure.Calls] : scenario.Columns));
            foreach (var (name, failure) in comparison.Failures)
            {
                output.WriteLine($"{name}: {failure}");
                failed = true;
            }
        }

        foreach (var bar in options.Bars)
        {
            var scenario = options.Scenarios.FirstOrDefault(scenario => scenario.Name == bar.Scenario);
            var (holds, line) = Report.Judge(bar, measured.GetValueOrDefault(bar.Scenario), scenario?.Columns[0] ?? Figure.Cpu);
            output.WriteLine($"- {line}");
            failed |= !holds;
        }

        return failed ? ExitCodes.Failure : ExitCodes.Success;
    }

    private static List<Peer> CreatePeers(CompareOptions options)
    {
        var haproxy = options.Haproxy ?? Programs.Find("haproxy");
        var peers = new List<Peer>
        {
            new NginxPeer(options.Nginx ?? Programs.Find("nginx")),
            new HaproxyPeer("haproxy", haproxy, splices: false),
            new HaproxyPeer("haproxy-splice", haproxy, splices: true),
            new CaddyPeer(options.Caddy ?? Programs.Find("caddy")),
            new YarpPeer(Programs.Built("benchmarks/LoadBalancer.Compare.Yarp")),
        };
        if (options.Before is { } before)
        {
            peers.Add(new LoadBalancerPeer("before", before));
        }

        var built = Programs.Built("LoadBalancer.Proxy");
        peers.Add(new LoadBalancerPeer("kestrel", built, "--engine", "kestrel"));
        peers.Add(new LoadBalancerPeer("eventloop", built, "--engine", "eventloop"));
        peers.Add(new LoadBalancerPeer("eventloop-one", built, "--engine", "eventloop") { Loops = 1 });
        peers.RemoveAll(peer => !options.Proxies.Contains(peer.Name));
        peers.AddRange(options.Builds.Select(build => new LoadBalancerPeer(build.Name, build.Path)));
        return peers;
    }

    private async Task DescribeAsync(List<Peer> peers, string nginx, Cpus cpus, Effort effort, CancellationToken stop)
    {
        foreach (var peer in peers)
        {
            output.WriteLine($"- {peer.Name}: {(peer.IsInstalled ? await peer.ReadVersionAsync(stop) : "not installed")}");
        }

        output.WriteLine($"- destinations: {await new NginxPeer(nginx).ReadVersionAsync(stop)}");
        output.WriteLine($"- load: {(await Child.RunAsync(new Launch(Programs.Need("wrk"), "-v"), TimeSpan.FromSeconds(10), stop)).Split('\n')[0]}");
        output.WriteLine($"- machine: {RuntimeInformation.OSDescription}, .NET {Environment.Version}, TCP congestion control {Proc.ReadCongestionControl()}");
        output.WriteLine($"- CPU {cpus.Proxy} for the proxies, CPU {cpus.Load} for destinations and load; {effort.Starts} starts, {effort.Rounds} rounds each, slots of {effort.Slot.TotalSeconds:0} s");
        output.WriteLine("\nFigures are medians over the starts [quartiles], each start's being the median over its rounds. Small ratios are good for us.");
    }

    private static void MustBeRelease()
    {
        if (typeof(CompareRun).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is not "Release")
        {
            throw new CompareException("this is not a release build, and neither is the proxy: run with --configuration Release");
        }
    }

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        // Told once more, the process ends at once, and what it started may go on.
        context.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    });
}
