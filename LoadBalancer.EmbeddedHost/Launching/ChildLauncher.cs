using System.Runtime.InteropServices;

namespace LoadBalancer.EmbeddedHost.Launching;

/// <summary>
/// The program that stands between the host and each child for a moment. A parent-death signal can only be asked for by the child itself,
/// before it becomes the program that the user wants, and .NET runs no code of ours there. So the host starts this program, which asks,
/// and then turns into the wanted one under the same process id.
/// </summary>
internal static class ChildLauncher
{
    private const int WrongUsage = 2;
    private const int CannotExecute = 126;

    private static int Main(string[] arguments)
    {
        if (arguments is not [var parentText, var program, ..] || !int.TryParse(parentText, out var parent) || OperatingSystem.IsWindows())
        {
            Console.Error.WriteLine("This program belongs to the embedded host, which starts it by itself.");
            return WrongUsage;
        }

        // A group of its own keeps Ctrl+C in the terminal away from the child: the host decides the order in which children end.
        _ = Posix.SetProcessGroup(0, 0);

        if (OperatingSystem.IsLinux())
        {
            if (!Posix.DieWithParent())
            {
                Console.Error.WriteLine("Cannot tie the process to the life of the host.");
                return CannotExecute;
            }

            // The host may have died before the kernel was asked; then no signal will ever come.
            if (Posix.ParentId() != parent)
            {
                return CannotExecute;
            }
        }

        _ = Posix.Execute(program, [.. arguments[1..], null]);
        Console.Error.WriteLine($"Cannot start {program}: {Marshal.GetLastPInvokeErrorMessage()}");
        return CannotExecute;
    }
}
