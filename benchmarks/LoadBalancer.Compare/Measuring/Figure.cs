namespace LoadBalancer.Compare.Measuring;

/// <summary>Something that a slot tells: a column of the tables, and what a bar may judge.</summary>
/// <param name="Name">The name that bars have for it.</param>
/// <param name="Head">The head of its column.</param>
/// <param name="Format">How its numbers are written.</param>
/// <param name="Of">Takes it from a slot.</param>
/// <param name="Spreads">Whether the column has the quartiles too.</param>
internal sealed record Figure(string Name, string Head, string Format, Func<Slot, double> Of, bool Spreads = false)
{
    /// <summary>CPU time of the proxy for a request.</summary>
    public static readonly Figure Cpu = new("CPU", "CPU us/request", "0.0", slot => slot.CpuPerRequest, Spreads: true);

    /// <summary>The part of it in user mode.</summary>
    public static readonly Figure User = new("user", "user", "0.0", slot => slot.UserPerRequest);

    /// <summary>The part of it in the kernel.</summary>
    public static readonly Figure Kernel = new("kernel", "kernel", "0.0", slot => slot.KernelPerRequest);

    /// <summary>What part of its CPU time the proxy spends outside the kernel.</summary>
    public static readonly Figure UserShare = new("user-share", "user share", "0.00", slot => slot.UserShare);

    /// <summary>How often a thread of the proxy leaves its CPU for a request.</summary>
    public static readonly Figure Switches = new("switches", "switches/request", "0.000", slot => slot.SwitchesPerRequest);

    /// <summary>What both CPUs spent on a request, whoever is charged for it.</summary>
    public static readonly Figure Machine = new("machine", "both CPUs us/request", "0.0", slot => slot.MachinePerRequest);

    /// <summary>Requests in a second.</summary>
    public static readonly Figure Rate = new("rate", "requests/s", "0", slot => slot.Load.RequestsPerSecond, Spreads: true);

    /// <summary>The median of the latencies.</summary>
    public static readonly Figure P50 = new("p50", "p50 ms", "0.00", slot => slot.Load.P50.TotalMilliseconds);

    /// <summary>The latency that one answer in a hundred exceeded.</summary>
    public static readonly Figure P99 = new("p99", "p99 ms", "0.00", slot => slot.Load.P99.TotalMilliseconds);

    /// <summary>The resident memory of the proxy.</summary>
    public static readonly Figure Memory = new("RSS", "RSS MiB", "0.0", slot => slot.ResidentMegabytes);

    /// <summary>How many bytes the proxy has grown by for each connection.</summary>
    public static readonly Figure ConnectionBytes = new("bytes", "bytes/connection", "0", slot => slot.BytesPerConnection, Spreads: true);

    /// <summary>How many connections there were in the end.</summary>
    public static readonly Figure Connections = new("connections", "connections", "0", slot => slot.Load.Requests);

    /// <summary>How many system calls of the proxy a request took.</summary>
    public static readonly Figure Calls = new("calls", "calls/request", "0.00", slot => slot.CallsPerRequest);

    /// <summary>How long after its start the proxy answered for the first time.</summary>
    public static readonly Figure FirstAnswer = new("first", "first answer ms", "0", slot => slot.Load.FirstAnswer.TotalMilliseconds, Spreads: true);

    /// <summary>The resident memory of the proxy after its first answer.</summary>
    public static readonly Figure MemoryAtFirst = new("RSS-first", "RSS MiB at first", "0.0", slot => slot.Load.MegabytesAtFirst);

    /// <summary>What a table shows of a load of requests.</summary>
    public static readonly IReadOnlyList<Figure> OfRequests = [Cpu, User, Kernel, UserShare, Switches, Machine, Rate, P50, P99, Memory];

    /// <summary>Every figure.</summary>
    public static readonly IReadOnlyList<Figure> All = [.. OfRequests, ConnectionBytes, Connections, Calls, FirstAnswer, MemoryAtFirst];

    /// <summary>The figure that bars call so, or null.</summary>
    public static Figure? Find(string name) => All.FirstOrDefault(figure => figure.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
