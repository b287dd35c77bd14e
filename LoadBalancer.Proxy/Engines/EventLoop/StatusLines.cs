using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The first lines of answers whose reason is the usual one.</summary>
internal static class StatusLines
{
    private const int First = 100;

    private static readonly byte[][] Lines = [.. Enumerable.Range(First, 900).Select(status => Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\n"))];

    /// <summary>The line of a status of three digits.</summary>
    public static ReadOnlySpan<byte> Of(int status) => Lines[status - First];
}
