using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>This program, started once more to be a load generator or a destination.</summary>
internal static class LoadProcess
{
    /// <summary>How to start it.</summary>
    public static Launch Launch(params IReadOnlyList<string> arguments) => new(Environment.ProcessPath!, arguments)
    {
        Environment = new Dictionary<string, string>
        {
            // What follows a read runs where the read ended: no thread hands over to another, on the one CPU that they all have.
            ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
        },
    };
}
