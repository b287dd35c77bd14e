namespace LoadBalancer.Compare.Processes;

/// <summary>Something that the comparison needs is not there or does not work. The message is for the user.</summary>
internal sealed class CompareException(string message) : Exception(message);
