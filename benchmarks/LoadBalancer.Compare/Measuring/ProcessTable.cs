namespace LoadBalancer.Compare.Measuring;

/// <summary>The processes of the machine at one moment.</summary>
/// <remarks>
/// A tree is found by who started whom: <c>/proc/[pid]/task/[tid]/children</c> would name the children at once, but is not there on every kernel, and a worker that
/// is not seen makes its program look free.
/// </remarks>
internal sealed class ProcessTable(IEnumerable<ProcessStat> processes)
{
    private readonly Dictionary<int, ProcessStat> _byId = processes.ToDictionary(process => process.Id);

    /// <summary>A process and all that descend from it and still run. Empty when it has ended.</summary>
    public IReadOnlyList<ProcessStat> Tree(int root)
    {
        if (!_byId.TryGetValue(root, out var first))
        {
            return [];
        }

        var children = _byId.Values.ToLookup(process => process.Parent);
        var tree = new List<ProcessStat> { first };
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(children[tree[i].Id].Where(child => child.Id != root));
        }

        return tree;
    }

    /// <summary>The CPU time of a tree, and of what ended in it.</summary>
    public CpuTime CpuOfTree(int root) => Tree(root).Aggregate(default(CpuTime), (sum, process) => sum + process.Own + process.Reaped);

    /// <summary>The CPU time of the processes with one of these names.</summary>
    public CpuTime CpuOfNamed(params IReadOnlyCollection<string> names) =>
        _byId.Values.Where(process => names.Contains(process.Name)).Aggregate(default(CpuTime), (sum, process) => sum + process.Own);
}
