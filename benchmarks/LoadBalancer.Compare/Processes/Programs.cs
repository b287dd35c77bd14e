using System.Reflection;

namespace LoadBalancer.Compare.Processes;

/// <summary>Where the programs are that take part.</summary>
internal static class Programs
{
    // Servers stand in the folders for the system's programs, which are not on everybody's PATH.
    private static readonly string[] AlsoIn = ["/usr/local/sbin", "/usr/sbin"];

    /// <summary>The file of this program, also where <c>dotnet</c> runs it.</summary>
    public static string This { get; } = Path.Combine(AppContext.BaseDirectory, Assembly.GetEntryAssembly()!.GetName().Name!);

    /// <summary>The file of an installed program, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(AlsoIn)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>The file of an installed program that nothing can be measured without.</summary>
    /// <exception cref="CompareException">It is not installed.</exception>
    public static string Need(string name) => Find(name) ?? throw new CompareException($"{name} is not installed, and nothing can be measured without it");

    /// <summary>The file of a program of this solution, where its build in our configuration left it.</summary>
    /// <param name="project">The folder of its project, from the root of the solution.</param>
    /// <exception cref="CompareException">It was not built.</exception>
    public static string Built(string project)
    {
        // We stand in <project>/bin/<configuration>/<framework>, and so does every other program.
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var build = Path.Combine("bin", folder.Parent!.Name, folder.Name);
        var root = folder;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "LoadBalancer.sln")))
        {
            root = root.Parent;
        }

        var program = Path.Combine(root?.FullName ?? "", project, build, Path.GetFileName(project));
        return File.Exists(program) ? program : throw new CompareException($"{program} was not built: build {project} in the same configuration as this program");
    }
}
