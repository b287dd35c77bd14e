using System.Globalization;

/// <summary>The processes that the host has started for the application: the orchestrator, and below it the dashboard and the resources.</summary>
internal static class ChildProcesses
{
    private readonly record struct Entry(int Id, int Parent, string Started, char State);

    /// <summary>Those that run now. Empty where the system does not tell, which is anywhere but on Linux.</summary>
    /// <remarks>The orchestrator is no child of the host, but is told to watch it: its command line has <c>--monitor</c> and the host's process id.</remarks>
    public static IReadOnlyList<Func<bool>> Find()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        var watched = $"\0--monitor\0{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\0";
        var entries = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? Read(id) : null).OfType<Entry>().ToList();
        var found = entries.Where(entry => TryRead($"/proc/{entry.Id}/cmdline")?.Contains(watched, StringComparison.Ordinal) is true).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(entries.Where(entry => entry.Parent == found[i].Id && !found.Contains(entry)));
        }

        return found.ConvertAll<Func<bool>>(entry => () => Read(entry.Id) is { State: not 'Z' } now && now.Started == entry.Started);
    }

    // proc(5), /proc/pid/stat: after the name in parentheses the state, the parent, and as the 20th field from there the time of the start.
    private static Entry? Read(int id)
    {
        if (TryRead($"/proc/{id}/stat") is not { } text)
        {
            return null;
        }

        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new Entry(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19], fields[0][0]);
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
