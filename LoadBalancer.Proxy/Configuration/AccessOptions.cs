using System.ComponentModel.DataAnnotations;
using System.Net;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Who may ask for what a route leads to.</summary>
internal sealed record AccessOptions
{
    /// <summary>The networks and addresses that clients may come from. Default: any.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Those that they may not come from, also where <see cref="Allow"/> has them. Default: none.</summary>
    public IReadOnlyList<IPNetwork> Deny { get; init; } = [];

    /// <summary>The names and passwords of which clients must know one (RFC 7617). Default: they need none.</summary>
    public BasicAuthOptions? BasicAuth { get; init; }

    /// <summary>Reports what is wrong with it.</summary>
    public static void Check(string path, AccessOptions access, Action<string, string> report)
    {
        if (access is { Allow.Count: 0, Deny.Count: 0, BasicAuth: null })
        {
            report(path, "has no effect: it has no Allow, Deny or BasicAuth, so that everyone may ask");
        }

        if (access.Allow.Count > 0 && access.Allow.All(allowed => access.Deny.Any(denied => denied.PrefixLength <= allowed.PrefixLength && denied.Contains(allowed.BaseAddress))))
        {
            report($"{path}:Allow", "has no effect: all of it is in Deny, so that nobody may ask");
        }

        if (access.BasicAuth is not { } basic)
        {
            return;
        }

        if (basic.Users.Count == 0)
        {
            report($"{path}:BasicAuth:Users", "is missing: nobody could ask for anything");
        }

        if (basic.Realm.AsSpan().ContainsAnyExceptInRange(' ', '~') || basic.Realm.AsSpan().ContainsAny('"', '\\'))
        {
            report($"{path}:BasicAuth:Realm", "must be of ASCII letters, digits and punctuation, without quotation marks and backslashes");
        }

        foreach (var (name, hash) in basic.Users)
        {
            if (name.Length == 0 || name.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)))
            {
                report($"{path}:BasicAuth:Users:{name}", "is not a name: it is empty, or has a blank");
            }
            else if (PasswordHash.TryParse(hash) is null)
            {
                report($"{path}:BasicAuth:Users:{name}", $"is not the hash of a password: write {PasswordHash.Form}, with {PasswordHash.LeastIterations} to {PasswordHash.MostIterations} iterations, as 'loadbalancer hash-password' makes it");
            }
        }
    }
}

/// <summary>Names and passwords.</summary>
internal sealed record BasicAuthOptions
{
    /// <summary>What browsers are told that the password is for. Default <c>restricted</c>.</summary>
    [Required]
    public string Realm { get; init; } = "restricted";

    /// <summary>The hash of the password of each user (<see cref="PasswordHash"/>).</summary>
    [Secret]
    public IReadOnlyDictionary<string, string> Users { get; init; } = Named.Empty<string>();

    /// <summary>Whether destinations get the name and password too. Default false.</summary>
    public bool PassOn { get; init; }
}
