namespace LoadBalancer.Samples.Tests;

/// <summary>Where things are: the files of the repository, and the programs built beside the tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Backend { get; } = ProgramFile("LoadBalancer.Backend");

    public static string Proxy { get; } = ProgramFile("LoadBalancer.Proxy");

    /// <summary>The AppHost where its build left it: it brings libraries that the tests do without.</summary>
    public static string AppHost { get; } = PathOf($"LoadBalancer.AppHost/bin/{BuildFolder}/{ExecutableName("LoadBalancer.AppHost")}");

    /// <summary>Debug or Release, as the tests were built.</summary>
    public static string Configuration => BuildFolder.Split(Path.DirectorySeparatorChar)[0];

    public static string PathOf(string relative) => Path.GetFullPath(relative, Root);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>The executable of a project, by its name.</summary>
    public static string ProgramFile(string project) => Path.Combine(AppContext.BaseDirectory, ExecutableName(project));

    // Such as Debug/net10.0, which is the same for all projects.
    private static string BuildFolder => Path.GetRelativePath(PathOf("tests/LoadBalancer.Samples.Tests/bin"), AppContext.BaseDirectory);

    private static string ExecutableName(string project) => OperatingSystem.IsWindows() ? $"{project}.exe" : project;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoadBalancer.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not run inside the repository");
        }

        return folder.FullName;
    }
}
