using LoadBalancer.Proxy.Forwarding;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange where a second attempt may be sent while the first is under way.</summary>
internal sealed partial class Exchange
{
    private Race? _race;

    // Attempts that have landed and the timer wake it; it alone decides about them, until there is an answer.
    private async Task<HttpResponseMessage> RaceAsync(HttpRequestMessage request)
    {
        var race = _race = new Race(request, _attempts.MayHedge ? CopyOf(request) : request);
        try
        {
            var (decision, hasClientLeft) = (First(), false);
            while (!hasClientLeft && decision.Act is Act.Send or Act.Wait)
            {
                if (decision.Act == Act.Send)
                {
                    Launch(race, decision);
                }

                GiveUp(decision.CancelMask);
                Flight? landed;
                Task? rung = null;
                lock (_lock)
                {
                    decision = Decision.Wait();
                    landed = race.TakeLanded_NeedsLock() is { } slot ? _flights[slot] : null;
                    // Attempts that are under way end by themselves when the client leaves. The time between them does not.
                    hasClientLeft = landed is null && !_attempts.IsUnderWay && Context.RequestAborted.IsCancellationRequested;
                    if (landed is null && !hasClientLeft)
                    {
                        if (race.TakeWoken_NeedsLock())
                        {
                            decision = Take_NeedsLock(_attempts.Woken(_body?.IsWhole ?? true, _services.Now, _services.Dice));
                        }
                        else
                        {
                            Arm_NeedsLock();
                            rung = race.Rest_NeedsLock();
                        }
                    }
                }

                if (landed is not null)
                {
                    decision = Land(landed);
                }
                else if (rung is not null)
                {
                    await rung;
                }
            }

            return Conclude(decision);
        }
        finally
        {
            Leave(race);
        }
    }

    private void Launch(Race race, in Decision decision)
    {
        var (flight, message) = (_flights[decision.Slot]!, race.MessageOf(decision.Slot));
        if (decision.IsHedge)
        {
            ExchangeLog.Hedging(_services.Logger, _flights[1 - decision.Slot]!.Member.Name, flight.Member.Name);
        }

        BeginAttempt(flight, message, decision.IsHedge);
        flight.Sending = FlyAsync(race, flight, message);
        if (flight.Span is not null)
        {
            // The span of another attempt goes under that of the request, not under this one.
            System.Diagnostics.Activity.Current = Activity;
        }
    }

    private async Task FlyAsync(Race race, Flight flight, HttpRequestMessage message)
    {
        try
        {
            flight.Answered(await Invoker.SendAsync(message, flight.Token), _services.Now);
        }
        catch (Exception exception)
        {
            flight.Failed(exception);
        }

        bool hasLost;
        lock (_lock)
        {
            hasLost = !race.Land_NeedsLock(flight.Slot);
        }

        if (hasLost)
        {
            Land(flight);
        }
    }

    // Made before the message is sent, since the HTTP client writes into it while it sends it.
    private static HttpRequestMessage CopyOf(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            _ = values.Count == 1 ? copy.Headers.TryAddWithoutValidation(name, values.ToString()) : copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private void OnPlace()
    {
        lock (_lock)
        {
            _race?.Wake_NeedsLock();
        }
    }

    private void GiveUp(byte mask)
    {
        if (mask != 0)
        {
            Flight? first, second;
            lock (_lock)
            {
                (first, second) = GiveUp_NeedsLock(mask);
            }

            Cancel(first, second);
        }
    }

    // Whoever is still under way has lost. The request does not wait for them here: it is EndAsync that does.
    private void Leave(Race race)
    {
        byte lost = 0, landed = 0;
        lock (_lock)
        {
            race.IsOver = true;
            for (var slot = 0; slot < Attempts.Slots; slot++)
            {
                lost |= _flights[slot] == _relayed ? (byte)0 : Decision.MaskOf(slot);
            }

            while (race.TakeLanded_NeedsLock() is { } slot)
            {
                landed |= Decision.MaskOf(slot);
            }

            // The timer may have called, and left it to the one who decides to set it again.
            Arm_NeedsLock();
        }

        GiveUp(lost);
        for (var slot = 0; slot < Attempts.Slots; slot++)
        {
            if ((landed & Decision.MaskOf(slot)) != 0)
            {
                Land(_flights[slot]!);
            }
        }
    }

    /// <summary>Waits for a place on a destination. Whoever wakes it may hold the lock of another exchange, so it takes its own on another thread.</summary>
    private sealed class Waiter(Exchange exchange) : PlaceWaiter, IThreadPoolWorkItem
    {
        public override void Wake() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

        void IThreadPoolWorkItem.Execute() => exchange.OnPlace();
    }

    /// <summary>What the attempts and the timer of one request have to tell the one who decides.</summary>
    /// <param name="first">What the attempt in the first slot sends.</param>
    /// <param name="second">What the attempt in the second slot sends, which is the hedge.</param>
    private sealed class Race(HttpRequestMessage first, HttpRequestMessage second)
    {
        private byte _landed;
        private bool _isWoken;
        private TaskCompletionSource? _resting;

        /// <summary>Whether nobody decides any more.</summary>
        public bool IsOver { get; set; }

        public HttpRequestMessage MessageOf(int slot) => slot == 0 ? first : second;

        /// <summary>An attempt has landed.</summary>
        /// <returns>False when nobody wants to know.</returns>
        public bool Land_NeedsLock(int slot)
        {
            if (IsOver)
            {
                return false;
            }

            _landed |= Decision.MaskOf(slot);
            Ring_NeedsLock();
            return true;
        }

        /// <summary>It is time to wake the core.</summary>
        public void Wake_NeedsLock()
        {
            _isWoken = true;
            Ring_NeedsLock();
        }

        /// <summary>The slot of an attempt that has landed, once for each.</summary>
        public int? TakeLanded_NeedsLock()
        {
            if (_landed == 0)
            {
                return null;
            }

            var slot = (_landed & Decision.MaskOf(0)) != 0 ? 0 : 1;
            _landed &= (byte)~Decision.MaskOf(slot);
            return slot;
        }

        /// <summary>Whether it was time to wake the core, once for each.</summary>
        public bool TakeWoken_NeedsLock()
        {
            var wasWoken = _isWoken;
            _isWoken = false;
            return wasWoken;
        }

        /// <summary>Waits for the next thing to be told. There must be none now.</summary>
        public Task Rest_NeedsLock() => (_resting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        private void Ring_NeedsLock()
        {
            _resting?.SetResult();
            _resting = null;
        }
    }
}
