using System.Text;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The strings of methods.</summary>
internal static class Methods
{
    private static readonly string[] Known = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];

    /// <summary>The string of a method; always the same for one that is known. Case counts (RFC 9110, 9.1).</summary>
    public static string Of(ReadOnlySpan<byte> method)
    {
        foreach (var known in Known)
        {
            if (known.Length == method.Length && Ascii.Equals(method, known))
            {
                return known;
            }
        }

        return Encoding.ASCII.GetString(method);
    }

    /// <summary>Whether a request with this method has content even when it has none, and says so (RFC 9110, 8.6).</summary>
    public static bool WantsContent(string method) => method is not ("GET" or "HEAD" or "DELETE" or "OPTIONS" or "CONNECT");
}
