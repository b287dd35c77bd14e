using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the exchange waits for: its time, and a place on a destination.</summary>
internal sealed partial class EventLoopExchange
{
    private void Wake()
    {
        // The core cancels what is due. Whose turn it was is to be known by then.
        var isClientSlow = IsWaitingForClient;
        if (_relayed is not null && _client!.Unsent > 0)
        {
            // What waits for the client to take some of the answer would wait for ever.
            OnClientLeft();
            return;
        }

        var decision = _attempts.Woken(IsWholeForReplay, _services.Now, _services.Dice);
        var due = decision.CancelMask;
        if (due == 0)
        {
            Follow(decision);
            return;
        }

        foreach (var flight in _flights)
        {
            if ((due & Decision.MaskOf(flight.Slot)) != 0 && flight.IsOn)
            {
                decision = EndFlight(flight, isClientSlow && flight != _relayed
                    ? flight.Result(Outcome.BadRequest, Refusal.ClientTooSlow.Status)
                    : flight.Result(Outcome.Cancelled, flight.HasAnswer ? flight.Answer.Status : 0));
            }
        }

        if (_relayed is not null)
        {
            BreakOff();
        }
        else
        {
            Follow(decision);
        }
    }

    private void Arm() => _services.Loop.Timers.Set(_timer, EventLoop.MillisecondOf(Math.Min(_attempts.WakeAt, _continueAt)));

    /// <summary>Waits for a place on a destination. Whoever wakes it may be of any thread, and it goes on on that of its loop.</summary>
    private sealed class Waiter(EventLoopExchange exchange) : PlaceWaiter
    {
        private readonly Note _note = new(exchange);
        private int _isPosted;

        public override void Wake()
        {
            // One note is enough, and cannot be in the mailbox twice.
            if (Interlocked.Exchange(ref _isPosted, 1) == 0)
            {
                exchange._services.Loop.Post(_note);
            }
        }

        private sealed class Note(EventLoopExchange exchange) : Mail
        {
            public override void Open()
            {
                Volatile.Write(ref exchange._waiter._isPosted, 0);
                if (exchange.IsActive && exchange._waiter.State != WaiterState.Out)
                {
                    exchange.Wake();
                }
            }

            public override void Abort() => exchange.Abort();
        }
    }
}
