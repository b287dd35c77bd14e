using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Where a request came from: what is told of it to destinations, and who its client is (<see cref="ForwardedChain"/>).</summary>
internal static class ForwardedFields
{
    /// <summary>The scheme of all listeners of this engine.</summary>
    public const string Scheme = "http";

    /// <summary>The address of the client of a request; null when it has none. Behind trusted proxies, as they say.</summary>
    public static IPAddress? ClientOf(RequestHead head, ClientText client, TrustedProxies trusted) =>
        IsTrusted(client, trusted) ? trusted.ClientOf(client.Address!, ForwardedChain.Hops(Received(head))) : client.Address;

    /// <summary>The scheme that the client of a request used, likewise.</summary>
    public static string SchemeOf(RequestHead head, ClientText client, TrustedProxies trusted) =>
        IsTrusted(client, trusted) ? ForwardedChain.Of(client.Address, isTrusted: true, Scheme, null, Received(head)).ClientScheme : Scheme;

    /// <summary>Appends the fields.</summary>
    /// <param name="to">Where they are written.</param>
    /// <param name="head">The request.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="trusted">The proxies whose word is passed on.</param>
    /// <param name="actions">What the route does with them; null where it says nothing of them.</param>
    public static void Write(OutputBuffer to, RequestHead head, ClientText client, TrustedProxies trusted, ForwardedActions? actions = null)
    {
        if (actions is not null)
        {
            WriteByRoute(to, head, client, IsTrusted(client, trusted), actions);
            return;
        }

        if (IsTrusted(client, trusted))
        {
            WriteChain(to, head, client);
            return;
        }

        if (client.Bytes.Length > 0)
        {
            to.WriteField("X-Forwarded-For: "u8, client.Bytes);
        }

        to.Write("X-Forwarded-Proto: http\r\n"u8);
        if (!head.Host.IsEmpty)
        {
            to.WriteField("X-Forwarded-Host: "u8, head.Host);
        }
    }

    private static void WriteChain(OutputBuffer to, RequestHead head, ClientText client)
    {
        var chain = ForwardedChain.Of(client.Address, isTrusted: true, Scheme, head.Host.IsEmpty ? null : head.Authority.ToString(), Received(head));
        WriteField(to, "X-Forwarded-For: "u8, chain.For);
        WriteField(to, "X-Forwarded-Proto: "u8, chain.Proto);
        WriteField(to, "X-Forwarded-Host: "u8, chain.Host);
        WriteField(to, "X-Forwarded-Prefix: "u8, chain.Prefix);
        WriteField(to, "Forwarded: "u8, chain.Forwarded);
    }

    private static void WriteByRoute(OutputBuffer to, RequestHead head, ClientText client, bool isTrusted, ForwardedActions actions)
    {
        // What trusted proxies sent, and nothing of this one.
        var received = isTrusted ? Received(head) : new ReceivedForwarded("", "", "", "", "");
        var chain = isTrusted ? ForwardedChain.Of(client.Address, isTrusted: true, Scheme, null, received) : default;
        Write("X-Forwarded-For: "u8, actions.For, isTrusted ? ForwardedChain.Hops(received) : "", client.Address?.ToString());
        Write("X-Forwarded-Proto: "u8, actions.Proto, received.Proto.Length > 0 ? chain.Proto : "", Scheme);
        Write("X-Forwarded-Host: "u8, actions.Host, received.Host.Length > 0 ? chain.Host : "", head.Host.IsEmpty ? null : head.Authority.ToString());
        Write("X-Forwarded-Prefix: "u8, actions.Prefix, chain.Prefix, null);
        Write("Forwarded: "u8, ForwardedAction.Off, chain.Forwarded is null ? "" : received.Forwarded, null);

        void Write(ReadOnlySpan<byte> name, ForwardedAction action, string? before, string? own)
        {
            before ??= "";
            var value = action switch
            {
                ForwardedAction.Off => before,
                ForwardedAction.Set => own,
                ForwardedAction.Append => own is null ? before : before.Length == 0 ? own : $"{before}, {own}",
                _ => null,
            };
            if (value is { Length: > 0 })
            {
                to.WriteField(name, value);
            }
        }
    }

    private static bool IsTrusted(ClientText client, TrustedProxies trusted) => client.Address is { } address && trusted.Includes(address);

    private static ReceivedForwarded Received(RequestHead head) => new(
        head.Joined(FieldId.ForwardedFor).ToString(),
        head.Joined(FieldId.ForwardedProto).ToString(),
        head.Joined(FieldId.ForwardedHost).ToString(),
        head.Joined(FieldId.ForwardedPrefix).ToString(),
        head.Joined(FieldId.Forwarded).ToString());

    private static void WriteField(OutputBuffer to, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            to.WriteField(name, value);
        }
    }
}
