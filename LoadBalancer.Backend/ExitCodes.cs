namespace LoadBalancer.Backend;

/// <summary>How the program ends.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>It could not start or go on: a port in use, for one.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;
}
