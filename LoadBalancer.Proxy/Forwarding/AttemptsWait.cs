using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Attempts that have to wait for a place, when every destination has as many requests as it may.</summary>
internal partial struct Attempts
{
    private readonly long PlaceDueAt => !_waiting.IsOn ? long.MaxValue : Math.Min(_waiting.Until, Deadline);

    // Takes up the next attempt, or waits for a place. Nothing is under way.
    private Decision Take(int slot, long now, ulong dice, Destination? after, Refusal otherwise, bool isRepeat)
    {
        var admission = _choice.TryBegin(now, dice, after, out var member);
        if (admission == Admission.Full)
        {
            if (_waiter is { } waiter && _cluster.Options.Queue is { } options)
            {
                _choice.Describe(waiter);
                if (_cluster.Queue.TryEnter(waiter, options.MaxLength))
                {
                    _waiting = new Waiting(otherwise, isRepeat, now + options.Timeout.Ticks);

                    // A place may have become free just before it was in the queue.
                    return _choice.TryBegin(now, dice, after, out member) == Admission.Admitted ? EndWaiting(member, now) : Decision.Wait();
                }
            }

            if (Count == 0)
            {
                (otherwise, EndedIn) = (Refusal.Overloaded, RequestOutcome.Shed);
            }
        }

        if (admission == Admission.Admitted)
        {
            return Send(slot, member, now, isRepeat);
        }

        if (isRepeat)
        {
            _cluster.Retries.Return();
        }

        return Decision.Refuse(otherwise);
    }

    // It has a place, or its time is up, or there is nothing to wait for any more.
    private Decision TakePlace(long now, ulong dice)
    {
        var state = _waiter!.State;
        if (state == WaiterState.Waiting && now < PlaceDueAt)
        {
            return Decision.Wait();
        }

        var (place, waiting) = (_cluster.Queue.Leave(_waiter), _waiting);
        _waiting = default;
        if (place is not null)
        {
            _choice.NoteBegun(place);
            return Send(0, _cluster.MemberOf(place)!.Value, now, waiting.IsRepeat);
        }

        if (state == WaiterState.Dismissed && _choice.TryBegin(now, dice, after: null, out var member) == Admission.Admitted)
        {
            return Send(0, member, now, waiting.IsRepeat);
        }

        if (waiting.IsRepeat)
        {
            _cluster.Retries.Return();
        }

        if (Count > 0 || state == WaiterState.Dismissed)
        {
            return Decision.Refuse(waiting.Otherwise!);
        }

        EndedIn = RequestOutcome.Shed;
        return Decision.Refuse(Refusal.Overloaded);
    }

    private Decision EndWaiting(Member member, long now)
    {
        var isRepeat = _waiting.IsRepeat;
        _waiting = default;

        // It may have got a place besides.
        _cluster.Queue.Leave(_waiter!)?.Release();
        return Send(0, member, now, isRepeat);
    }

    private void AbandonPlace()
    {
        if (!_waiting.IsOn)
        {
            return;
        }

        _cluster.Queue.Leave(_waiter!)?.Release();
        if (_waiting.IsRepeat)
        {
            _cluster.Retries.Return();
        }

        _waiting = default;
    }

    /// <summary>That it waits.</summary>
    /// <param name="Otherwise">What the client is told if there is no place; null when it does not wait.</param>
    /// <param name="IsRepeat">Whether it has a place of the retry budget.</param>
    /// <param name="Until">How long.</param>
    private readonly record struct Waiting(Refusal? Otherwise, bool IsRepeat, long Until)
    {
        public bool IsOn => Otherwise is not null;
    }
}
