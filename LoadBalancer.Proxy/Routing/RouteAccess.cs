using System.Net;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Who may ask for what a route leads to. It never changes.</summary>
internal sealed class RouteAccess
{
    private readonly TrustedProxies? _allow;
    private readonly TrustedProxies _deny;
    private readonly BasicUser[] _users;

    /// <param name="options">Who may; must be valid.</param>
    public RouteAccess(AccessOptions options)
    {
        _allow = options.Allow.Count > 0 ? new TrustedProxies(options.Allow) : null;
        _deny = new TrustedProxies(options.Deny);
        HasAddresses = options.Allow.Count + options.Deny.Count > 0;
        _users = [.. options.BasicAuth?.Users.Select(user => new BasicUser(user.Key, user.Value)) ?? []];
        Unknown = options.BasicAuth is { } basic ? Refusal.Unauthorized with { Challenge = $"Basic realm=\"{basic.Realm}\", charset=\"UTF-8\"" } : null;
        PassesOn = options.BasicAuth?.PassOn != false;
    }

    /// <summary>Whether it goes by the address of the client.</summary>
    public bool HasAddresses { get; }

    /// <summary>What clients get that do not know a password; null where they need none.</summary>
    public Refusal? Unknown { get; }

    /// <summary>Whether destinations get the field <c>Authorization</c>.</summary>
    public bool PassesOn { get; }

    /// <summary>Whether requests may come from this address; null for a client that has none.</summary>
    public bool Admits(IPAddress? client) => client is null ? _allow is null : !_deny.Includes(client) && _allow?.Includes(client) != false;

    /// <summary>Why they may not, for people.</summary>
    public string WhyNot(IPAddress? client) => client is null ? "the client has no address, and Allow names those that may ask"
        : _deny.Includes(client) ? $"{client} is in Deny"
        : $"{client} is in no network of Allow";

    /// <summary>The user of this name. For a name that nobody has it is another one, whose password does not fit: that takes as long.</summary>
    public BasicUser UserOf(ReadOnlySpan<byte> name, out bool isKnown)
    {
        foreach (var user in _users)
        {
            if (name.SequenceEqual(user.NameBytes))
            {
                isKnown = true;
                return user;
            }
        }

        isKnown = false;
        return _users[0];
    }
}

/// <summary>Somebody with a password.</summary>
internal sealed class BasicUser(string name, string hash)
{
    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>The same as clients send it.</summary>
    public byte[] NameBytes { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>The hash of the password as it is written, which stands for it where passwords are compared.</summary>
    public byte[] HashBytes { get; } = Encoding.UTF8.GetBytes($"{name}\0{hash}\0");

    /// <summary>The hash.</summary>
    public PasswordHash Hash { get; } = PasswordHash.TryParse(hash)!;
}
