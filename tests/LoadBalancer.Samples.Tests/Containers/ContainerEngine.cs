namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>What <c>docker</c> is on this machine, if it is anything.</summary>
internal static class ContainerEngine
{
    private static readonly Lazy<Task<string?>> Missing = new(FindMissingAsync);

    // Where it is set, as in CI, a test that is skipped would be one that nobody misses.
    private static bool IsRequired => Environment.GetEnvironmentVariable("LB_CONTAINERS") == "required";

    /// <summary>Whether there is one that runs compose files. If not, its tests call <see cref="MustBeThereAsync"/>, which says why.</summary>
    public static async Task<bool> IsThereAsync() => await Missing.Value is null;

    /// <summary>Skips the test where there is none, or fails it where there has to be one.</summary>
    public static async Task MustBeThereAsync()
    {
        var missing = await Missing.Value;
        Assert.False(IsRequired && missing is not null, missing ?? "");
        Assert.SkipUnless(missing is null, missing ?? "");
    }

    private static async Task<string?> FindMissingAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            return "The samples are written for bash.";
        }

        // The client alone answers for itself; `info` is answered by the engine.
        await using var shell = Terminal.Start("bash", ["-c", "docker compose version >/dev/null && docker info >/dev/null"], [], patience: TimeSpan.FromMinutes(1));
        return await shell.WaitForExitAsync() == 0
            ? null
            : $"No container engine runs compose files here, see tests/containers/README.md: {shell.Transcript.Split('\n')[0]}";
    }
}
