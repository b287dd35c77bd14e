namespace LoadBalancer.Proxy.Engines;

/// <summary>What is logged of each request and its attempts, by every engine.</summary>
internal static partial class ExchangeLog
{
    [LoggerMessage(1, LogLevel.Debug, "attempt on {Destination} failed ({Outcome}), trying again")]
    public static partial void TryingAgain(ILogger logger, string destination, string outcome);

    [LoggerMessage(2, LogLevel.Debug, "{Method} {Path} -> {Destination} {Status} {Milliseconds:0.0} ms", SkipEnabledCheck = true)]
    public static partial void Served(ILogger logger, string method, string path, string destination, int status, double milliseconds);

    [LoggerMessage(3, LogLevel.Debug, "no answer of {Destination} so far, asking {Other} as well")]
    public static partial void Hedging(ILogger logger, string destination, string other);
}
