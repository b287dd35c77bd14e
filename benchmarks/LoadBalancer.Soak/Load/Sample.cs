namespace LoadBalancer.Soak.Load;

/// <summary>How a request ended for its client.</summary>
internal enum Ending
{
    /// <summary>With an answer, whole and with status 200.</summary>
    Answered,

    /// <summary>With another status.</summary>
    Status,

    /// <summary>The connection broke, and no answer had begun.</summary>
    BrokenBefore,

    /// <summary>The connection broke after the answer had begun.</summary>
    BrokenAfter,
}

/// <summary>A request as its client saw it.</summary>
/// <param name="From">When it was sent, from the start of the load.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Status">The status; 0 without an answer.</param>
/// <param name="Destination">Who answered.</param>
internal readonly record struct Sample(TimeSpan From, TimeSpan Took, Ending Ending, int Status, string? Destination);
