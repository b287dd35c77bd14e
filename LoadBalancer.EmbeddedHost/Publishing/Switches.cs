using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Publishing;

/// <summary>The switches that say what is done with the application, and the keys of Aspire that they stand for.</summary>
internal static class Switches
{
    public const string Operation = "AppHost:Operation";
    public const string Step = "Pipeline:Step";
    public const string OutputPath = "Pipeline:OutputPath";

    // Never by their bare names: a variable STEP or OPERATION, which build servers like to set, would be taken for ours.
    private static readonly Dictionary<string, string> Keys = new() { ["--operation"] = Operation, ["--step"] = Step, ["--output-path"] = OutputPath };

    /// <summary>Reads them.</summary>
    public static void Read(ConfigurationManager configuration, string[] arguments)
    {
        configuration.AddCommandLine(arguments, Keys);

        // The last word without its value would be passed over without a word.
        if (arguments is [.., var last] && Keys.TryGetValue(last, out var key))
        {
            configuration[key] = "";
        }
    }

    /// <summary>What is done with the application. What cannot be done is said when the application runs, where one line can be made of it.</summary>
    public static DistributedApplicationOperation OperationOf(IConfiguration configuration) =>
        Is(configuration[Operation], "publish") ? DistributedApplicationOperation.Publish : DistributedApplicationOperation.Run;

    /// <summary>Refuses what this host cannot do.</summary>
    /// <exception cref="DistributedApplicationException">An operation or a step that it does not know, or no folder where one is said to follow.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[Operation] is { } operation && !Is(operation, "run") && !Is(operation, "publish"))
        {
            throw new DistributedApplicationException($"--operation '{operation}' is not known to the embedded host; it knows 'run' and 'publish'.");
        }

        if (configuration[Step] is { } step && !Is(step, "publish"))
        {
            throw new DistributedApplicationException($"--step '{step}' is not known to the embedded host; it knows 'publish'.");
        }

        if (configuration[OutputPath] is { } folder && (folder.Length == 0 || folder.StartsWith("--", StringComparison.Ordinal)))
        {
            throw new DistributedApplicationException("--output-path needs a folder.");
        }
    }

    private static bool Is(string? value, string word) => word.Equals(value, StringComparison.OrdinalIgnoreCase);
}
