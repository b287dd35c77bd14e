namespace LoadBalancer.Compare.Load;

/// <summary>Frames of WebSocket (RFC 6455, section 5.2) with at most 125 bytes, which is all that is sent here.</summary>
internal static class WebSocketFrames
{
    /// <summary>How long a frame of a server is without what it carries.</summary>
    public const int ServerHead = 2;

    private const int MaskLength = 4;
    private const int MostPayload = 125;
    private const byte Masked = 0x80;
    private const byte FinalBinary = 0x82;

    /// <summary>A message as a client sends it.</summary>
    /// <param name="payload">At most 125 bytes.</param>
    /// <param name="mask">Four bytes, of chance by the RFC; here any will do.</param>
    public static byte[] FromClient(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> mask)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MostPayload, nameof(payload));
        var frame = new byte[ServerHead + MaskLength + payload.Length];
        (frame[0], frame[1]) = (FinalBinary, (byte)(Masked | payload.Length));
        mask[..MaskLength].CopyTo(frame.AsSpan(ServerHead));
        Unmask(payload, mask, frame.AsSpan(ServerHead + MaskLength));
        return frame;
    }

    /// <summary>Answers each whole frame of a client by that of a server with the same in it.</summary>
    /// <param name="received">Frames of a client, the last of them perhaps in part.</param>
    /// <param name="answers">Room for as many bytes as were received.</param>
    /// <returns>How many bytes were taken, and how many are to be sent.</returns>
    /// <exception cref="FormatException">It is no frame of a client, or longer than they are here.</exception>
    public static (int Taken, int ToSend) Echo(ReadOnlySpan<byte> received, Span<byte> answers)
    {
        var (taken, toSend) = (0, 0);
        while (received.Length - taken >= ServerHead)
        {
            var length = received[taken + 1] & ~Masked;
            if ((received[taken + 1] & Masked) == 0 || length > MostPayload)
            {
                throw new FormatException("This is no short frame of a client.");
            }

            var whole = ServerHead + MaskLength + length;
            if (received.Length - taken < whole)
            {
                break;
            }

            var frame = received.Slice(taken, whole);
            (answers[toSend], answers[toSend + 1]) = (frame[0], (byte)length);
            Unmask(frame[(ServerHead + MaskLength)..], frame.Slice(ServerHead, MaskLength), answers[(toSend + ServerHead)..]);
            (taken, toSend) = (taken + whole, toSend + ServerHead + length);
        }

        return (taken, toSend);
    }

    private static void Unmask(ReadOnlySpan<byte> from, ReadOnlySpan<byte> mask, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = (byte)(from[i] ^ mask[i % MaskLength]);
        }
    }
}
