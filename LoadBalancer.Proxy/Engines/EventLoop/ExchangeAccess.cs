using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The exchange where its route is not open to everyone.</summary>
internal sealed partial class EventLoopExchange
{
    // Counts the requests that it was, so that what was asked for one of them is not taken for another.
    private int _turn;
    private bool _isAwaitingAccess;
    private string? _user;

    // False when it is refused, or waits for a password to be checked.
    private bool IsAdmitted(RouteAccess access)
    {
        var client = access.HasAddresses ? ClientAddress() : null;
        var refusal = RequestAccess.Check(access, client, Head, _services.Engine.Passwords.Cache, out _user, out var pending);
        if (pending is not null)
        {
            _isAwaitingAccess = true;
            _ = CheckAsync(pending, _turn);
            return false;
        }

        if (refusal is not null)
        {
            Deny(refusal);
            return false;
        }

        Admit(access);
        return true;
    }

    private void Admit(RouteAccess access)
    {
        if (!access.PassesOn)
        {
            Head.Withhold("Authorization");
        }
    }

    private void Deny(Refusal refusal) => Refuse(refusal, RequestAccess.OutcomeOf(refusal));

    private async Task CheckAsync(PasswordCheck check, int turn)
    {
        try
        {
            await _services.Engine.Passwords.RunAsync(check);
        }
        finally
        {
            // Whatever went wrong, it is not let through.
            _services.Loop.Post(new Verdict(this, check, turn));
        }
    }

    private void OnChecked(PasswordCheck check)
    {
        _isAwaitingAccess = false;
        _user = check.User;
        if (check.Refusal is { } refusal)
        {
            Deny(refusal);
            return;
        }

        Admit(_route!.Access!);
        if (Lead(_route))
        {
            Follow(_attempts.Next(_services.Now, _services.Dice));
        }
    }

    private sealed class Verdict(EventLoopExchange exchange, PasswordCheck check, int turn) : Mail
    {
        public override void Open()
        {
            // Its client may have left meanwhile.
            if (exchange._turn == turn && exchange.IsActive)
            {
                exchange.OnChecked(check);
            }
        }

        public override void Abort() => exchange.Abort();
    }
}
