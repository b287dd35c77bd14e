using System.Text.Json;
using LoadBalancer.Proxy.CommandLine;

namespace LoadBalancer.Samples.Tests;

/// <summary>What the program itself says of a configuration.</summary>
internal static class Validation
{
    /// <summary>What <c>validate</c> prints for a configuration, within this process: there are many to ask for.</summary>
    public static Task<string> OfAsync(string configuration) => OfAsync(configuration, async words =>
    {
        await using var printed = new StringWriter();
        await new ProxyCommandLine(_ => throw new InvalidOperationException("It should be checked, and not run."), printed, printed).InvokeAsync(words, TestContext.Current.CancellationToken);
        return printed.ToString().Trim();
    });

    /// <summary>What the program prints for <c>validate</c>, with the variables set.</summary>
    public static Task<string> OfAsync(string configuration, IEnumerable<KeyValuePair<string, string>> variables) => OfAsync(configuration, async words =>
    {
        await using var program = Terminal.Start(Repository.Proxy, words, variables);
        await program.WaitForExitAsync();
        return program.Transcript;
    });

    private static async Task<string> OfAsync(string configuration, Func<string[], Task<string>> validate)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, configuration, TestContext.Current.CancellationToken);
            return await validate(["validate", "--config", file]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary><c>ShutdownTimeout</c>, which the deployments write in seconds.</summary>
    public static int ShutdownSecondsOf(string configuration) => SecondsOf(configuration, "ShutdownTimeout");

    /// <summary>A span of a configuration that is written in seconds.</summary>
    public static int SecondsOf(string configuration, string key)
    {
        var span = JsonElement.Parse(configuration).GetProperty(key).GetString()!;
        Assert.EndsWith("s", span, StringComparison.Ordinal);
        return int.Parse(span[..^1], null);
    }
}
