using System.Net;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Whether a request may come to its route, the same in every engine.</summary>
internal static class RequestAccess
{
    private const string Authorization = "Authorization";

    /// <summary>What a request has ended in that was answered so.</summary>
    public static RequestOutcome OutcomeOf(Refusal refusal) => ReferenceEquals(refusal, Refusal.Busy) ? RequestOutcome.Shed : RequestOutcome.Denied;

    /// <summary>Decides about a request.</summary>
    /// <param name="access">Who may.</param>
    /// <param name="client">The address of its client, where <see cref="RouteAccess.HasAddresses"/>; null where it has none.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="cache">What is known of passwords.</param>
    /// <param name="user">The name of its user, where it has one.</param>
    /// <param name="pending">What has to be found out first; null where that is not so.</param>
    /// <returns>What to answer when it may not; null when it may, or when something has to be found out.</returns>
    public static Refusal? Check(RouteAccess access, IPAddress? client, IFields fields, KnownPasswords cache, out string? user, out PasswordCheck? pending)
    {
        (user, pending) = (null, null);
        if (access.HasAddresses && !access.Admits(client))
        {
            return Refusal.Forbidden;
        }

        if (access.Unknown is not { } unknown)
        {
            return null;
        }

        // Of two fields it is not certain which one the destination would go by.
        if (!fields.TryGet(Authorization, 0, out var value)
            || !BasicCredentials.TryRead(value, stackalloc byte[BasicCredentials.Most], out var credentials)
            || fields.TryGet(Authorization, 1, out _))
        {
            return unknown;
        }

        var known = access.UserOf(credentials.User, out var isKnown);
        Span<byte> together = stackalloc byte[known.HashBytes.Length + credentials.Password.Length];
        known.HashBytes.CopyTo(together);
        credentials.Password.CopyTo(together[known.HashBytes.Length..]);
        var digest = cache.DigestOf(together);
        switch (isKnown ? cache.Find(digest) : null)
        {
            case true:
                user = known.Name;
                return null;
            case false:
                return unknown;
        }

        if (!cache.TryBegin())
        {
            return Refusal.Busy;
        }

        pending = new PasswordCheck(known, isKnown, credentials.Password.ToArray(), digest, unknown, cache);
        return null;
    }
}

/// <summary>Whether a password is right: to find out takes a tenth of a second or more of processor time, and is not for a thread that serves requests.</summary>
internal sealed class PasswordCheck(BasicUser user, bool isKnown, byte[] password, UInt128 digest, Refusal unknown, KnownPasswords cache)
{
    /// <summary>The name of the user, once it is known that the password is right.</summary>
    public string? User { get; private set; }

    /// <summary>What to answer; null when the request may go on. Known after <see cref="Run"/>.</summary>
    public Refusal? Refusal { get; private set; } = unknown;

    /// <summary>Finds out. To be called once.</summary>
    public void Run()
    {
        var isRight = false;
        try
        {
            isRight = user.Hash.Fits(password) && isKnown;
        }
        finally
        {
            // That of a name that nobody has was held against the hash of somebody else, who may have this very password.
            cache.End(isKnown ? digest : null, isRight);
        }

        if (isRight)
        {
            (User, Refusal) = (user.Name, null);
        }
    }
}
