namespace LoadBalancer.Proxy.Http;

/// <summary>What rules may look at in a request. It is over the engine's own memory, so it lives before the first await only.</summary>
internal readonly ref struct RequestFacts
{
    /// <param name="method">The method.</param>
    /// <param name="authority">What the client asked for: a host name, and a port where it named one.</param>
    /// <param name="path">The path, as <see cref="TargetPath"/> reads it.</param>
    /// <param name="fields">The header fields.</param>
    /// <param name="query">The query, as the client wrote it, without the question mark.</param>
    /// <param name="scheme">The scheme that the client used.</param>
    public RequestFacts(
        ReadOnlySpan<char> method, ReadOnlySpan<char> authority, ReadOnlySpan<char> path, IFields fields, ReadOnlySpan<char> query = default, string scheme = "http")
    {
        var host = MessageSyntax.SplitHost(authority, out var port);
        Method = method;
        Host = host.EndsWith('.') ? host[..^1] : host;
        Port = port;
        Path = path;
        Fields = fields;
        Query = query;
        Scheme = scheme;
    }

    public ReadOnlySpan<char> Method { get; }

    /// <summary>The host name, without the dot that may end it and changes nothing: that of the root of all names (RFC 1034, 3.1).</summary>
    public ReadOnlySpan<char> Host { get; }

    /// <summary>The port that the client named with the host, if it did.</summary>
    public int? Port { get; }

    public ReadOnlySpan<char> Path { get; }

    /// <summary>The query as the client wrote it, percent-encoding and all; empty where there is none.</summary>
    public ReadOnlySpan<char> Query { get; }

    /// <summary><c>http</c> or <c>https</c>, as the client used it: behind trusted proxies, what they say of it.</summary>
    public ReadOnlySpan<char> Scheme { get; }

    public IFields Fields { get; }
}

/// <summary>The header fields of a request, as its engine keeps them.</summary>
internal interface IFields
{
    /// <summary>Finds one line of a field, without allocating.</summary>
    /// <param name="name">The field's name; case does not count.</param>
    /// <param name="line">Which of the lines with this name, from 0.</param>
    /// <param name="value">The line's value. The next call may overwrite it.</param>
    /// <returns>False when there are fewer lines.</returns>
    bool TryGet(string name, int line, out ReadOnlySpan<char> value);
}
