using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using Microsoft.Net.Http.Headers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange where its route is not open to everyone.</summary>
internal sealed partial class Exchange
{
    /// <summary>The name of its user, where a password was asked for.</summary>
    public string? User { get; private set; }

    /// <summary>Whether it is let through to its route; else it has the refusal.</summary>
    public ValueTask<bool> IsAdmittedAsync()
    {
        if (Route!.Access is not { } access)
        {
            return new(true);
        }

        var client = access.HasAddresses && RequestFields.ClientOf(Context, Trusted) is { } address ? TrustedProxies.Fold(address) : null;
        var refusal = RequestAccess.Check(access, client, this, _services.Passwords.Cache, out var user, out var pending);
        return pending is null ? new(Admit(access, refusal, user)) : CheckAsync(access, pending);
    }

    private async ValueTask<bool> CheckAsync(RouteAccess access, PasswordCheck check)
    {
        await _services.Passwords.RunAsync(check);
        return Admit(access, check.Refusal, check.User);
    }

    private bool Admit(RouteAccess access, Refusal? refusal, string? user)
    {
        User = user;
        if (refusal is not null)
        {
            Refuse(refusal, RequestAccess.OutcomeOf(refusal));
            return false;
        }

        if (!access.PassesOn)
        {
            Context.Request.Headers.Remove(HeaderNames.Authorization);
        }

        return true;
    }
}
