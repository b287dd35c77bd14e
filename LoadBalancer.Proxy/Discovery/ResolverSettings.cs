using System.Globalization;
using System.Net;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Whom the system asks for names, and what it puts behind them: resolv.conf(5).</summary>
/// <param name="Servers">The servers, in order.</param>
/// <param name="Search">The domains that names are looked for in.</param>
/// <param name="Dots">So many dots in a name, and it is asked for as it is before it is looked for in the domains.</param>
internal sealed record ResolverSettings(IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search, int Dots)
{
    private const string Path = "/etc/resolv.conf";
    private const int DnsPort = 53;
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Those of the file, as it is now.</summary>
    public static ResolverSettings Read() => Parse(File.Exists(Path) ? File.ReadAllText(Path) : "");

    /// <summary>Reads the text of the file. What is not understood is passed over, as the system does.</summary>
    public static ResolverSettings Parse(string text)
    {
        var (servers, search, dots) = (new List<IPEndPoint>(), Array.Empty<string>(), 1);
        foreach (var line in text.Split('\n'))
        {
            var words = line.TrimEnd('\r').Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            switch (words.FirstOrDefault())
            {
                case "nameserver" when words.Length > 1 && IPAddress.TryParse(words[1], out var address):
                    servers.Add(new IPEndPoint(address, DnsPort));
                    break;
                case "search" or "domain":
                    search = [.. words.Skip(1).Select(domain => domain.TrimEnd('.')).Where(domain => domain.Length > 0)];
                    break;
                case "options":
                    dots = words.Where(word => word.StartsWith("ndots:", StringComparison.Ordinal))
                        .Select(word => int.TryParse(word.AsSpan("ndots:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : dots)
                        .LastOrDefault(dots);
                    break;
                default:
                    break;
            }
        }

        // As resolv.conf(5) has it where no server is named.
        return new ResolverSettings(servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, DnsPort)], search, dots);
    }

    /// <summary>The names to ask for, one after the other until one of them is there.</summary>
    public IEnumerable<string> Candidates(string name)
    {
        if (name.EndsWith('.'))
        {
            return [name];
        }

        var inDomains = Search.Select(domain => $"{name}.{domain}.");
        return name.Count(letter => letter == '.') >= Dots ? inDomains.Prepend($"{name}.") : inDomains.Append($"{name}.");
    }
}
