using System.Text;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the path of the Unix socket by which a new process takes over.</summary>
internal static class TakeOverValidator
{
    // sun_path of unix(7) has 108 bytes, one of them for its end. While it is made, the socket has the number of the process behind its name.
    private const int LongestPath = 107 - 11;

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(string? path, Action<string, string> report)
    {
        if (path is null)
        {
            return;
        }

        if (path.Length == 0 || path.EndsWith('/'))
        {
            report(nameof(LoadBalancerOptions.TakeOver), $"'{path}' is not the path of a socket: write /run/loadbalancer/take-over.sock");
        }
        else if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            report(nameof(LoadBalancerOptions.TakeOver), $"'{path}' is too long for a socket: {LongestPath} bytes at most");
        }
    }
}
