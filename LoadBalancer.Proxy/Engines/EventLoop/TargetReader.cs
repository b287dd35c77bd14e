using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Reads the four forms that the target of a request may have (RFC 9112, 3.2).</summary>
internal static class TargetReader
{
    /// <summary>Finds path, query and host in a target of valid characters.</summary>
    /// <returns>False where it has none of the forms that its method allows.</returns>
    public static bool Read(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        var target = bytes.Slice(head.TargetStart, head.TargetLength);
        head.PathStart = head.TargetStart;
        if (target[0] == '/')
        {
            return IsPath(target);
        }

        var method = bytes.Slice(head.MethodStart, head.MethodLength);
        if (method.SequenceEqual("CONNECT"u8))
        {
            // It is refused as such, and not for its form.
            return true;
        }

        if (target is [(byte)'*'])
        {
            return method.SequenceEqual("OPTIONS"u8);
        }

        var scheme = MessageBytes.StartsWith(target, "http://"u8) ? 7 : MessageBytes.StartsWith(target, "https://"u8) ? 8 : 0;
        if (scheme == 0)
        {
            return false;
        }

        var authority = target[scheme..];
        var length = authority.IndexOfAny((byte)'/', (byte)'?') is >= 0 and var end ? end : authority.Length;
        (head.HostStart, head.HostLength, head.PathStart) = (head.TargetStart + scheme, length, head.TargetStart + scheme + length);
        return length > 0 && IsPath(authority[length..]);
    }

    // Some take an encoded NUL for the end of a path.
    private static bool IsPath(ReadOnlySpan<byte> target)
    {
        var nul = target.IndexOf("%00"u8);
        return nul < 0 || (target.IndexOf((byte)'?') is >= 0 and var query && query < nul);
    }
}
