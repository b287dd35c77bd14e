using System.Threading.Channels;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// What a subscriber of the registry has not read yet: first the state, then every change after it.
/// Each entry is what one call of the registry changed, so that a reload of any size is one entry.
/// </summary>
internal sealed class Subscription
{
    /// <summary>How many entries may wait to be read.</summary>
    public const int Capacity = 256;

    // Continuations of the reader run elsewhere: the registry tells while it holds its lock.
    private readonly Channel<IReadOnlyList<RegistryEvent>> _entries =
        Channel.CreateBounded<IReadOnlyList<RegistryEvent>>(new BoundedChannelOptions(Capacity) { AllowSynchronousContinuations = false });

    private volatile bool _fellBehind;

    /// <summary>The entries in order. Ends when the subscription does.</summary>
    public ChannelReader<IReadOnlyList<RegistryEvent>> Entries => _entries.Reader;

    /// <summary>Whether it was ended because it was read too slowly.</summary>
    public bool FellBehind => _fellBehind;

    /// <summary>Adds an entry.</summary>
    /// <returns>False when too many wait already. The subscription has then ended: after a gap nothing would be right.</returns>
    public bool Tell_NeedsLock(IReadOnlyList<RegistryEvent> entry)
    {
        if (_entries.Writer.TryWrite(entry))
        {
            return true;
        }

        _fellBehind = true;
        End_NeedsLock();
        return false;
    }

    /// <summary>Ends it. What waits to be read is dropped, so that the reader learns of the end at once.</summary>
    public void End_NeedsLock()
    {
        _entries.Writer.TryComplete();
        while (_entries.Reader.TryRead(out _))
        {
        }
    }
}
