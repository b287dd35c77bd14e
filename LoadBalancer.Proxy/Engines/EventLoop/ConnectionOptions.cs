using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What <c>Connection</c> says (RFC 9110, 7.6.1).</summary>
[Flags]
internal enum ConnectionOptions : byte
{
    None = 0,

    /// <summary>The connection is closed after this message.</summary>
    Close = 1,

    /// <summary>It stays open, also for HTTP/1.0.</summary>
    KeepAlive = 2,

    /// <summary>The protocol is to be switched.</summary>
    Upgrade = 4,

    /// <summary>It names something else: perhaps a field that is not to be passed on.</summary>
    Others = 8,
}

/// <summary>Reads <see cref="ConnectionOptions"/>.</summary>
internal static class ConnectionField
{
    /// <summary>What one line of the field says.</summary>
    public static ConnectionOptions Read(ReadOnlySpan<byte> value)
    {
        var options = ConnectionOptions.None;
        while (true)
        {
            var comma = value.IndexOf((byte)',');
            options |= OptionOf(MessageBytes.Trim(comma < 0 ? value : value[..comma]));
            if (comma < 0)
            {
                return options;
            }

            value = value[(comma + 1)..];
        }
    }

    private static ConnectionOptions OptionOf(ReadOnlySpan<byte> item) =>
        item.IsEmpty ? ConnectionOptions.None
        : MessageBytes.Is(item, "keep-alive"u8) ? ConnectionOptions.KeepAlive
        : MessageBytes.Is(item, "close"u8) ? ConnectionOptions.Close
        : MessageBytes.Is(item, "upgrade"u8) ? ConnectionOptions.Upgrade
        : ConnectionOptions.Others;
}
