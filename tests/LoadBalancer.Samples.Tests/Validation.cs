using System.Text.Json;

namespace LoadBalancer.Samples.Tests;

/// <summary>What the program itself says of a configuration.</summary>
internal static class Validation
{
    /// <summary>What <c>validate</c> prints for a configuration, with the variables set.</summary>
    public static async Task<string> OfAsync(string configuration, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, configuration, TestContext.Current.CancellationToken);
            await using var program = Terminal.Start(Repository.Proxy, ["validate", "--config", file], variables);
            await program.WaitForExitAsync();
            return program.Transcript;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary><c>ShutdownTimeout</c>, which the deployments write in seconds.</summary>
    public static int ShutdownSecondsOf(string configuration) =>
        int.Parse(JsonElement.Parse(configuration).GetProperty("ShutdownTimeout").GetString()!.TrimEnd('s'), null);
}
