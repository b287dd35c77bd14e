namespace Aspire.Hosting;

/// <summary>
/// A destination of the load balancer, for the dashboard: it starts nothing. Its commands are the operator's.
/// It is not part of the model: destinations come and go while the application runs.
/// </summary>
internal sealed class DestinationResource : Resource
{
    /// <summary>What the dashboard calls resources of this kind.</summary>
    public const string Type = "Destination";

    private const int LongestName = 64;

    /// <param name="name">Its name in the dashboard.</param>
    /// <param name="setState">Sets the operator's state of the destination: <c>active</c>, <c>draining</c> or <c>down</c>.</param>
    public DestinationResource(string name, Func<string, CancellationToken, Task<ExecuteCommandResult>> setState) : base(name)
    {
        AddCommand("Drain", "draining", "No new requests for it; those in flight are finished", "ArrowExit", states => states is not DestinationState.Draining);
        AddCommand("Resume", "active", "Requests for it again", "ArrowEnter", states => states is DestinationState.Draining or DestinationState.Down);
        AddCommand("Down", "down", "Out of service", "PlugDisconnected", states => states is not DestinationState.Down);

        void AddCommand(string verb, string state, string description, string icon, Predicate<string?> makesSense) => Annotations.Add(new ResourceCommandAnnotation(
            verb.ToLowerInvariant(),
            verb,
            context => context.ResourceSnapshot.State?.Text is var now && DestinationState.IsOperable(now)
                ? makesSense(now) ? ResourceCommandState.Enabled : ResourceCommandState.Hidden
                : ResourceCommandState.Disabled,
            context => setState(state, context.CancellationToken),
            description,
            arguments: null,
            confirmationMessage: null,
            icon,
            IconVariant.Regular,
            isHighlighted: verb is not "Down"));
    }

    /// <summary>The name of a destination's resource: the load balancer's and its own, as far as Aspire allows its characters.</summary>
    public static string NameOf(params ReadOnlySpan<string> parts)
    {
        var name = string.Concat(string.Join('-', parts).Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-'));
        while (name.Contains("--", StringComparison.Ordinal))
        {
            name = name.Replace("--", "-", StringComparison.Ordinal);
        }

        return name[..Math.Min(name.Length, LongestName)].TrimEnd('-');
    }
}

/// <summary>The texts that the dashboard shows as the state of a destination.</summary>
internal static class DestinationState
{
    public const string Healthy = nameof(Healthy);
    public const string Unhealthy = nameof(Unhealthy);
    public const string Ejected = nameof(Ejected);
    public const string Open = "Circuit open";
    public const string Draining = nameof(Draining);
    public const string Down = nameof(Down);
    public const string Unknown = nameof(Unknown);

    /// <summary>Whether the operator can do something about a destination in this state.</summary>
    public static bool IsOperable(string? state) => state is Healthy or Unhealthy or Ejected or Open or Draining or Down or Unknown;
}
