namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The head of an answer; filled and used again as <see cref="RequestHead"/> is.</summary>
internal sealed class ResponseHead : MessageHead
{
    public int Status { get; internal set; }

    /// <summary>Whether another head follows it: 1xx but 101.</summary>
    public bool IsInformational => Status is >= 100 and < 200 and not 101;

    public bool IsHttp10 { get; internal set; }

    /// <summary>How its body ends.</summary>
    public AnswerBody Body { get; internal set; }

    /// <summary>How long its body is, where that is said.</summary>
    public long ContentLength { get; internal set; }

    /// <summary>Whether the connection may be used again when the answer has ended, and nothing came after it.</summary>
    public bool KeepsAlive { get; internal set; }

    /// <summary>For how long the destination asks to be left alone, in ticks of 100 ns; 0 when it does not.</summary>
    public long RetryAfter(DateTimeOffset now) => throw new NotImplementedException();

    /// <summary>Forgets the head, to parse the next.</summary>
    public void Reset() => throw new NotImplementedException();
}
