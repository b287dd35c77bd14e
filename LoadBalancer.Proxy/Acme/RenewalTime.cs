namespace LoadBalancer.Proxy.Acme;

/// <summary>When a certificate is renewed, and when it is tried again after that failed.</summary>
internal static class RenewalTime
{
    // The wait grows threefold: of the five failures an hour that Let's Encrypt allows for a name, no more are used.
    private const int Growth = 3;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    /// <summary>When a third of its lifetime is left, or up to a thirtieth of it earlier, so that not all are renewed at once.</summary>
    /// <param name="notBefore">When its lifetime begins.</param>
    /// <param name="notAfter">When it ends.</param>
    /// <param name="dice">From 0 to 1.</param>
    public static DateTimeOffset Of(DateTimeOffset notBefore, DateTimeOffset notAfter, double dice)
    {
        var lifetime = notAfter - notBefore;
        return notAfter - (lifetime / 3) - (lifetime / 30 * dice);
    }

    /// <summary>How long to wait after a failure.</summary>
    /// <param name="failures">How many there were in a row; one at least.</param>
    /// <param name="asked">How long the authority wants to be left alone.</param>
    /// <param name="dice">From 0 to 1.</param>
    public static TimeSpan WaitAfter(int failures, TimeSpan asked, double dice)
    {
        var wait = TimeSpan.FromTicks((long)Math.Min(FirstWait.Ticks * Math.Pow(Growth, failures - 1), LongestWait.Ticks));
        wait += wait / 10 * dice;
        return asked > wait ? asked : wait;
    }
}
