namespace Aspire.Hosting.ApplicationModel;

/// <summary>A load balancer that runs from the program in this package.</summary>
/// <param name="name">Its name.</param>
/// <param name="command">What starts the program.</param>
/// <param name="workingDirectory">Where it runs.</param>
public sealed class LoadBalancerResource(string name, string command, string workingDirectory) : ExecutableResource(name, command, workingDirectory)
{
    private const string PrimaryEndpointName = "http";

    /// <summary>Where clients call.</summary>
    public EndpointReference PrimaryEndpoint => field ??= new EndpointReference(this, PrimaryEndpointName);
}
