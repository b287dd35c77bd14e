using System.Buffers;
using System.Net;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>
/// What the forwarded fields of <see cref="FieldTable"/> tell a destination. What a trusted proxy sent is kept, the addresses appended to;
/// what anyone else sent is replaced by what this proxy saw itself.
/// </summary>
/// <param name="For">The value of <c>X-Forwarded-For</c>; null when the other end of the connection has no address.</param>
/// <param name="Proto">That of <c>X-Forwarded-Proto</c>.</param>
/// <param name="Host">That of <c>X-Forwarded-Host</c>, or null.</param>
/// <param name="Prefix">That of <c>X-Forwarded-Prefix</c>, or null.</param>
/// <param name="Forwarded">That of <c>Forwarded</c>, or null.</param>
internal readonly record struct ForwardedChain(string? For, string Proto, string? Host, string? Prefix = null, string? Forwarded = null)
{
    private static readonly SearchValues<char> NeverInHost = SearchValues.Create("/?#@\\\" \t");

    /// <summary>The scheme that the client used, <c>http</c> or <c>https</c>: of several, each written by a hop, the first.</summary>
    public string ClientScheme => Proto.StartsWith("https", StringComparison.OrdinalIgnoreCase) || Proto.StartsWith("wss", StringComparison.OrdinalIgnoreCase) ? "https" : "http";

    /// <summary>What is told of a request.</summary>
    /// <param name="peer">The other end of the connection; null when it has no address.</param>
    /// <param name="isTrusted">Whether it is trusted.</param>
    /// <param name="scheme">The scheme that was asked for here.</param>
    /// <param name="host">The host that was asked for here, or null.</param>
    /// <param name="received">The fields as they came, the lines of each joined by commas; not read when the peer is not trusted.</param>
    public static ForwardedChain Of(IPAddress? peer, bool isTrusted, string scheme, string? host, in ReceivedForwarded received)
    {
        var address = peer is null ? null : TrustedProxies.Fold(peer).ToString();
        if (!isTrusted)
        {
            return new ForwardedChain(address, scheme, host);
        }

        var elements = ForwardedElement.ParseAll(received.Forwarded);
        var hops = Join(received.For, elements);
        return new ForwardedChain(
            hops.Length == 0 ? address : $"{hops}, {address}",
            Kept(received.Proto, IsScheme) ?? Kept(First(elements, static element => element.Proto), IsScheme) ?? scheme,
            Kept(received.Host, IsHost) ?? Kept(First(elements, static element => element.Host), IsHost) ?? host,
            Kept(received.Prefix, static prefix => prefix.StartsWith('/') && MessageSyntax.IsTarget(prefix)),
            elements.Count == 0 ? null : $"{List(received.Forwarded)}, {ForwardedElement.Write(address!, host, scheme)}");
    }

    /// <summary>
    /// The addresses before the one of the connection, the client's first: the entries of <c>X-Forwarded-For</c>, or else the nodes of <c>Forwarded</c>.
    /// Only what stands behind the last that is no address: each was written by the hop after it, and that one is not known.
    /// </summary>
    public static string Hops(in ReceivedForwarded received) => Join(received.For, received.For.Length > 0 ? [] : ForwardedElement.ParseAll(received.Forwarded));

    private static string Join(string field, List<ForwardedElement> elements)
    {
        var hops = new List<string>();
        foreach (var entry in field.Length > 0 ? Entries(field) : elements.Select(static element => element.For ?? ""))
        {
            if (TrustedProxies.ParseHop(entry) is null)
            {
                hops.Clear();
            }
            else
            {
                hops.Add(entry);
            }
        }

        return string.Join(", ", hops);
    }

    // One that is wrong makes the others doubtful, for which hop wrote them can no longer be told.
    private static string? Kept(string? field, Predicate<string> isValid) =>
        field is { Length: > 0 } && Entries(field) is { Length: > 0 } entries && Array.TrueForAll(entries, isValid) ? string.Join(", ", entries) : null;

    private static string? First(List<ForwardedElement> elements, Func<ForwardedElement, string?> part) => elements.Count > 0 ? part(elements[0]) : null;

    private static string[] Entries(string field) => field.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string List(string field) => field.Trim(' ', '\t', ',');

    private static bool IsScheme(string text) => text.ToLowerInvariant() is "http" or "https" or "ws" or "wss";

    private static bool IsHost(string text) => MessageSyntax.IsHost(text) && !text.AsSpan().ContainsAny(NeverInHost);
}

/// <summary>The fields of a request that tell of the hops before, as they came: the lines of each joined by commas, in order; empty when there is none.</summary>
internal readonly record struct ReceivedForwarded(string For, string Proto, string Host, string Prefix, string Forwarded);

/// <summary>One element of the field <c>Forwarded</c> (RFC 7239, 4): what one hop says of the one before.</summary>
/// <param name="For">The node that the request came from, without quotes.</param>
/// <param name="Host">The host that was asked for.</param>
/// <param name="Proto">The scheme that was used.</param>
internal readonly record struct ForwardedElement(string? For, string? Host, string? Proto)
{
    /// <summary>Reads the elements of a field.</summary>
    /// <returns>The elements in order; none when anything is malformed.</returns>
    public static List<ForwardedElement> ParseAll(string field)
    {
        var elements = new List<ForwardedElement>();
        var element = default(ForwardedElement);
        var (at, isEmpty) = (0, true);
        while (true)
        {
            SkipBlanks(field, ref at);
            if (at == field.Length || field[at] == ',')
            {
                if (!isEmpty)
                {
                    elements.Add(element);
                }

                if (at++ == field.Length)
                {
                    return elements;
                }

                (element, isEmpty) = (default, true);
            }
            else if (field[at] == ';')
            {
                at++;
            }
            else if (ReadPair(field, ref at) is { } pair)
            {
                isEmpty = false;
                element = pair.Name.ToLowerInvariant() switch
                {
                    "for" => element with { For = pair.Value },
                    "host" => element with { Host = pair.Value },
                    "proto" => element with { Proto = pair.Value },
                    _ => element,
                };
            }
            else
            {
                return [];
            }
        }
    }

    /// <summary>Writes the element of this proxy.</summary>
    public static string Write(string address, string? host, string proto)
    {
        var node = address.Contains(':') ? $"\"[{address}]\"" : address;
        return string.IsNullOrEmpty(host) ? $"for={node};proto={proto}" : $"for={node};host={(MessageSyntax.IsToken(host) ? host : $"\"{host}\"")};proto={proto}";
    }

    private static (string Name, string Value)? ReadPair(string field, ref int at)
    {
        var equals = field.IndexOf('=', at);
        if (equals < 0 || !MessageSyntax.IsToken(field.AsSpan(at, equals - at)))
        {
            return null;
        }

        var name = field[at..equals];
        at = equals + 1;
        var value = at < field.Length && field[at] == '"' ? ReadQuoted(field, ref at) : ReadToken(field, ref at);
        SkipBlanks(field, ref at);
        return value is not null && (at == field.Length || field[at] is ';' or ',') ? (name, value) : null;
    }

    private static string? ReadToken(string field, ref int at)
    {
        var start = at;
        while (at < field.Length && MessageSyntax.IsToken(field.AsSpan(at, 1)))
        {
            at++;
        }

        return at == start ? null : field[start..at];
    }

    private static string? ReadQuoted(string field, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < field.Length; at++)
        {
            if (field[at] == '"')
            {
                at++;
                return text.ToString();
            }

            if (field[at] == '\\' && ++at == field.Length)
            {
                return null;
            }

            text.Append(field[at]);
        }

        return null;
    }

    private static void SkipBlanks(string field, ref int at)
    {
        while (at < field.Length && field[at] is ' ' or '\t')
        {
            at++;
        }
    }
}
