namespace LoadBalancer.Proxy.Sessions;

/// <summary>What became of the session of a request that was answered by a destination.</summary>
internal enum SessionFate : byte
{
    /// <summary>The cluster has no sessions.</summary>
    None,

    /// <summary>It goes on.</summary>
    Kept,

    /// <summary>It begins, and the client is to be told with which destination.</summary>
    Begun,

    /// <summary>It goes on with another destination, of which the client is to be told.</summary>
    Moved,
}

/// <summary>The names of <see cref="SessionFate"/>.</summary>
internal static class SessionFates
{
    /// <summary>The value of the tag <c>lb.session</c>.</summary>
    public static string Tag(this SessionFate fate) => fate switch
    {
        SessionFate.Kept => "kept",
        SessionFate.Begun => "begun",
        SessionFate.Moved => "moved",
        _ => throw new ArgumentOutOfRangeException(nameof(fate), fate, null),
    };
}
