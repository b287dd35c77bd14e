using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the transform <c>X-Forwarded</c> does with one of its fields. <c>Off</c> leaves what trusted proxies sent.</summary>
internal enum ForwardedAction : byte
{
    Off,
    Set,
    Append,
    Remove,
}

/// <summary>What it does with each.</summary>
internal sealed record ForwardedActions(ForwardedAction For, ForwardedAction Proto, ForwardedAction Host, ForwardedAction Prefix)
{
    /// <summary>Reads the transform.</summary>
    public static ForwardedActions Of(IReadOnlyDictionary<string, string> transform)
    {
        return new(ActionOf("For"), ActionOf("Proto"), ActionOf("Host"), ActionOf("Prefix"));

        ForwardedAction ActionOf(string key) => Enum.Parse<ForwardedAction>(transform.GetValueOrDefault(key) ?? transform[TransformTable.XForwarded], ignoreCase: true);
    }
}
