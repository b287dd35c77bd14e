namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The head of an answer; filled and used again as <see cref="RequestHead"/> is.</summary>
internal sealed class ResponseHead : MessageHead
{
    public int Status { get; set; }

    /// <summary>Whether another head follows it: 1xx but 101.</summary>
    public bool IsInformational => Status is >= 100 and < 200 and not 101;

    /// <summary>How its body ends.</summary>
    public AnswerBody Body { get; set; }

    /// <summary>What stands behind the status; it may be empty.</summary>
    public ReadOnlySpan<byte> Reason => Bytes.Slice(ReasonStart, ReasonLength);

    /// <summary>Where the reason begins. These are set by the parser.</summary>
    public int ReasonStart { get; set; }

    public int ReasonLength { get; set; }

    /// <summary>Whether a value has characters in it that are replaced by blanks.</summary>
    public bool NeedsCleaning { get; set; }

    /// <summary>Whether its lines are such as we would write them, so that they can go on as they came.</summary>
    public bool IsPlain { get; set; } = true;

    /// <summary>For how long the destination asks to be left alone, in ticks of 100 ns; 0 when it does not.</summary>
    public long RetryAfter(DateTimeOffset now) =>
        Http.RetryAfter.IsMeantBy(Status) && TryGet("Retry-After", 0, out var value) ? Http.RetryAfter.Parse(value, now) : 0;

    /// <summary>Replaces line ends and NUL within values by blanks (RFC 9112, 5.2; RFC 9110, 5.5).</summary>
    public void Clean()
    {
        foreach (ref readonly var line in Lines)
        {
            var value = Bytes.Slice(line.ValueStart, line.ValueLength);
            value.Replace((byte)'\r', (byte)' ');
            value.Replace((byte)'\n', (byte)' ');
            value.Replace((byte)0, (byte)' ');
        }
    }

    /// <inheritdoc />
    public override void Reset()
    {
        base.Reset();
        (Status, Body, ReasonStart, ReasonLength, NeedsCleaning, IsPlain) = (0, AnswerBody.None, 0, 0, false, true);
    }
}
