using System.Text;
using static LoadBalancer.Proxy.Http.FieldFate;

namespace LoadBalancer.Proxy.Http;

/// <summary>What becomes of a field on its way through.</summary>
internal enum FieldFate : byte
{
    /// <summary>It goes on as it came.</summary>
    Pass,

    /// <summary>It stays behind.</summary>
    Drop,

    /// <summary>It stays behind, and the engine writes what the proxy has to say under its name, if anything.</summary>
    Rewrite,
}

/// <summary>What becomes of the fields of one name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Request">In the head of a request.</param>
/// <param name="Answer">In the head of an answer.</param>
/// <param name="Trailer">After a body.</param>
/// <param name="CanBeNamed">
/// Whether it stays behind when <c>Connection</c> names it. Not so the fields that every recipient needs to understand the message:
/// to drop them would change what it means (RFC 9110, 7.6.1, forbids naming such fields).
/// </param>
internal sealed record FieldRule(string Name, FieldFate Request, FieldFate Answer, FieldFate Trailer, bool CanBeNamed = true)
{
    /// <summary>Which of the fields it is that an engine reads itself.</summary>
    public FieldId Id { get; init; }
}

/// <summary>The fields that say something to the proxy itself, or that it writes itself.</summary>
internal enum FieldId : byte
{
    /// <summary>None of them.</summary>
    Other,
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Expect,
    Te,
    Via,
    MaxForwards,
    RequestId,
    TraceParent,
    TraceState,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    ForwardedPrefix,
    Forwarded,
    Date,
}

/// <summary>Which fields are passed on, and which not. All that are not in the table pass (RFC 9110, 5.1).</summary>
internal static class FieldTable
{
    /// <summary>The addresses that the request came through, the client's first.</summary>
    public const string ForwardedFor = "X-Forwarded-For";

    /// <summary>The scheme that the client used.</summary>
    public const string ForwardedProto = "X-Forwarded-Proto";

    /// <summary>The host that the client named.</summary>
    public const string ForwardedHost = "X-Forwarded-Host";

    /// <summary>The path that was taken off the front of the one that the client asked for.</summary>
    public const string ForwardedPrefix = "X-Forwarded-Prefix";

    /// <summary>All of that in one field (RFC 7239).</summary>
    public const string Forwarded = "Forwarded";

    /// <summary>For a field that stays behind in this request, whatever its name says.</summary>
    public static readonly FieldRule Withheld = new("", Drop, Drop, Drop);

    private static readonly FieldRule Other = new("", Pass, Pass, Pass);

    // The parts of the first line in HTTP/2 and HTTP/3 (RFC 9113, 8.3). They are no fields, but some servers list them so.
    private static readonly FieldRule Pseudo = new(":", Drop, Drop, Drop);

    private static readonly FieldRule[] Rules =
    [
        // Between two neighbours only (RFC 9110, 7.6.1). Of TE, "trailers" goes on; Upgrade and Transfer-Encoding each hop writes for itself.
        new("Connection", Drop, Drop, Drop) { Id = FieldId.Connection },
        new("Keep-Alive", Drop, Drop, Drop),
        new("Proxy-Connection", Drop, Drop, Drop),
        new("HTTP2-Settings", Drop, Drop, Drop),
        new("Upgrade", Drop, Drop, Drop) { Id = FieldId.Upgrade },
        new("TE", Rewrite, Drop, Drop) { Id = FieldId.Te },
        new("Transfer-Encoding", Drop, Drop, Drop) { Id = FieldId.TransferEncoding },

        // What routing, framing, authentication and the reading of the content rest on may not come after them (RFC 9110, 6.5.1).
        new("Host", Pass, Pass, Drop, CanBeNamed: false) { Id = FieldId.Host },
        new("Content-Length", Pass, Pass, Drop, CanBeNamed: false) { Id = FieldId.ContentLength },
        new("Authorization", Pass, Pass, Drop, CanBeNamed: false),
        new("Cache-Control", Pass, Pass, Pass, CanBeNamed: false),
        new("Content-Type", Pass, Pass, Drop),
        new("Content-Encoding", Pass, Pass, Drop),
        new("Content-Range", Pass, Pass, Drop),
        new("Set-Cookie", Pass, Pass, Drop),
        new("Trailer", Pass, Pass, Drop),
        new("Expect", Pass, Pass, Drop) { Id = FieldId.Expect },

        // An answer gets one where it has none (RFC 9110, 6.6.1).
        new("Date", Pass, Pass, Pass) { Id = FieldId.Date },

        // It would send clients past the proxy.
        new("Alt-Svc", Pass, Drop, Drop),

        // What every proxy adds to or counts down (RFC 9110, 7.6.2 and 7.6.3).
        new("Via", Rewrite, Rewrite, Pass) { Id = FieldId.Via },
        new("Max-Forwards", Rewrite, Pass, Pass) { Id = FieldId.MaxForwards },

        // By these one request is found again. An answer gets our id where it has none.
        new(RequestId.Header, Rewrite, Pass, Pass) { Id = FieldId.RequestId },
        new("traceparent", Rewrite, Pass, Pass) { Id = FieldId.TraceParent },
        new("tracestate", Rewrite, Pass, Pass) { Id = FieldId.TraceState },

        // What this proxy says of the client itself, with what trusted proxies said (ForwardedChain), and the other words for it.
        // Applications read one or the other, and would believe the client.
        new(ForwardedFor, Rewrite, Pass, Pass) { Id = FieldId.ForwardedFor },
        new(ForwardedProto, Rewrite, Pass, Pass) { Id = FieldId.ForwardedProto },
        new(ForwardedHost, Rewrite, Pass, Pass) { Id = FieldId.ForwardedHost },
        new(ForwardedPrefix, Rewrite, Pass, Pass) { Id = FieldId.ForwardedPrefix },
        new(Forwarded, Rewrite, Pass, Pass) { Id = FieldId.Forwarded },
        new("X-Forwarded-Port", Drop, Pass, Pass),
        new("X-Forwarded-Protocol", Drop, Pass, Pass),
        new("X-Forwarded-Scheme", Drop, Pass, Pass),
        new("X-Forwarded-Ssl", Drop, Pass, Pass),
    ];

    private static readonly FieldRule[][] ByLength =
        [.. Enumerable.Range(0, Rules.Max(rule => rule.Name.Length) + 1).Select(length => Rules.Where(rule => rule.Name.Length == length).ToArray())];

    // For each length, a bit for each letter that a name of this length ends with. Nearly all other names are known by that not to be in the table.
    private static readonly uint[] LastLetters = Array.ConvertAll(ByLength, rules => rules.Aggregate(0u, (letters, rule) => letters | BitOf(rule.Name[^1])));

    /// <summary>Every name that has a rule of its own.</summary>
    public static ReadOnlySpan<FieldRule> All => Rules;

    /// <summary>The rule for a name.</summary>
    public static FieldRule Of(ReadOnlySpan<char> name)
    {
        foreach (var rule in name.IsEmpty ? [] : Candidates(name.Length, name[^1]))
        {
            if (Ascii.EqualsIgnoreCase(name, rule.Name))
            {
                return rule;
            }
        }

        return name.StartsWith(':') ? Pseudo : Other;
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{char})" />
    public static FieldRule Of(ReadOnlySpan<byte> name)
    {
        foreach (var rule in name.IsEmpty ? [] : Candidates(name.Length, name[^1]))
        {
            if (Ascii.EqualsIgnoreCase(name, rule.Name))
            {
                return rule;
            }
        }

        return name.StartsWith((byte)':') ? Pseudo : Other;
    }

    private static ReadOnlySpan<FieldRule> Candidates(int length, int last) =>
        length < LastLetters.Length && (LastLetters[length] & BitOf(last)) != 0 ? ByLength[length] : [];

    // The same for a letter in either case.
    private static uint BitOf(int letter) => 1u << (letter & 31);
}
