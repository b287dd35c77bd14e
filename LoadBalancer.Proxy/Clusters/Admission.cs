namespace LoadBalancer.Proxy.Clusters;

/// <summary>Whether an attempt may begin.</summary>
internal enum Admission : byte
{
    /// <summary>It has begun.</summary>
    Admitted,

    /// <summary>It may not: there is nobody to send it to.</summary>
    Unavailable,

    /// <summary>It may when another one has ended: there are as many as are allowed.</summary>
    Full,
}
