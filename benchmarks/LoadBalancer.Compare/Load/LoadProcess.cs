using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>This program, started once more to be a load generator or a destination.</summary>
internal static class LoadProcess
{
    /// <summary>How to start it.</summary>
    public static Launch Launch(params IReadOnlyList<string> arguments) => new(Programs.This, arguments)
    {
        Environment = new Dictionary<string, string>
        {
            // It runs for seconds only: code is compiled well at once, and not again while it is the load.
            ["DOTNET_TieredCompilation"] = "0",
        },
    };
}
