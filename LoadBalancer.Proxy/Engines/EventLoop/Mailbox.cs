namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What other threads have for a loop to do. It is its own place in the mailbox, so it can be posted again only when it has run.</summary>
internal abstract class Mail
{
    internal Mail? Next { get; set; }

    /// <summary>Is called by the loop's thread.</summary>
    public abstract void Open();

    /// <summary>It failed to open.</summary>
    public virtual void Abort()
    {
    }
}

/// <summary>Mail that does what it was made for.</summary>
internal sealed class ActionMail(Action action) : Mail
{
    /// <inheritdoc />
    public override void Open() => action();
}

/// <summary>The mail of one loop: any thread posts, the loop's takes. Without a lock, and without memory of its own.</summary>
internal sealed class Mailbox
{
    private Mail? _last;

    /// <summary>Puts mail in.</summary>
    /// <returns>Whether it was empty, and the loop is to be woken.</returns>
    public bool Post(Mail mail)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            mail.Next = last;
            if (Interlocked.CompareExchange(ref _last, mail, last) == last)
            {
                return last is null;
            }
        }
    }

    /// <summary>Takes all that there is, the oldest first.</summary>
    /// <returns>The first; the others follow by <see cref="Mail.Next"/>.</returns>
    public Mail? TakeAll()
    {
        if (Volatile.Read(ref _last) is null)
        {
            return null;
        }

        Mail? first = null;
        for (var mail = Interlocked.Exchange(ref _last, null); mail is not null;)
        {
            (mail.Next, first, mail) = (first, mail, mail.Next);
        }

        return first;
    }
}
