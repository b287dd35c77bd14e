namespace LoadBalancer.Proxy.Http;

/// <summary>
/// Follows the frames of a WebSocket in one direction (RFC 6455, 5.2), over bytes that come in any pieces. At the end of a frame another may be put in, also between the frames of one message, if it is a control frame (5.4).
/// A mutable struct: a field that is used in place.
/// </summary>
internal struct FrameTracker
{
    private const int CloseCode = 8;

    private int _headRead;
    private int _headLength;
    private long _left;
    private long _length;
    private int _extra;
    private bool _isClose;

    /// <summary>Whether a frame has ended and the next has not begun.</summary>
    public readonly bool IsBetweenFrames => _headRead == 0 && _left == 0;

    /// <summary>Whether this side has closed: no frame may follow.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="stopsBetweenFrames">Whether to stop where a frame ends.</param>
    /// <returns>How many were taken: all of them, but where it stops.</returns>
    public int Take(ReadOnlySpan<byte> bytes, bool stopsBetweenFrames)
    {
        var taken = 0;
        while (taken < bytes.Length && !(stopsBetweenFrames && IsBetweenFrames))
        {
            if (_left > 0)
            {
                var some = (int)Math.Min(_left, bytes.Length - taken);
                _left -= some;
                taken += some;
            }
            else
            {
                TakeHead(bytes[taken++]);
            }

            HasClosed |= _isClose && IsBetweenFrames;
        }

        return taken;
    }

    // Two bytes; then the length, where it did not fit into the second; then the mask, where there is one.
    private void TakeHead(byte next)
    {
        switch (_headRead++)
        {
            case 0:
                _isClose = (next & 0xf) == CloseCode;
                _headLength = 2;
                return;
            case 1:
                _length = next & 0x7f;
                _extra = _length == 127 ? 8 : _length == 126 ? 2 : 0;
                _headLength += _extra + ((next & 0x80) == 0 ? 0 : 4);
                _length = _extra > 0 ? 0 : _length;
                break;
            case var at when at < 2 + _extra:
                _length = (_length << 8) | next;
                break;
        }

        if (_headRead == _headLength)
        {
            // The first bit of a length of 64 must be 0. Whoever sends another is not understood by anybody, and is cut.
            (_left, _headRead) = (_length & long.MaxValue, 0);
        }
    }
}
