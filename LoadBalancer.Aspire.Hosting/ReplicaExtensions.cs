namespace Aspire.Hosting;

/// <summary>Adds replicas that a load balancer can tell apart.</summary>
public static class ReplicaExtensions
{
    /// <summary>
    /// Adds a resource several times, each with a port of its own: <c>name-1</c>, <c>name-2</c>, ... Not <c>WithReplicas</c>, which hides the
    /// replicas behind one address of the host's own proxy, so that nobody else can balance over them or see them fail.
    /// </summary>
    /// <param name="name">What the resources have in common.</param>
    /// <param name="count">How many.</param>
    /// <param name="add">Adds one under the name it is given, without endpoints: a launch profile would give all of them the same address.</param>
    /// <param name="configure">Says more about each, once it has its endpoint, <c>http</c>.</param>
    public static Replicas<T> AddReplicas<T>(
        this IDistributedApplicationBuilder builder, string name, int count, Func<string, IResourceBuilder<T>> add, Action<IResourceBuilder<T>>? configure = null)
        where T : IResourceWithEndpoints
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var replicas = new List<IResourceBuilder<T>>(count);
        for (var n = 1; n <= count; n++)
        {
            var replica = add($"{name}-{n}").WithHttpEndpoint(name: "http", isProxied: false);
            configure?.Invoke(replica);
            replicas.Add(replica);
        }

        return new Replicas<T>(name, replicas);
    }

    /// <summary>Adds a project several times, each with a port of its own: <c>name-1</c>, <c>name-2</c>, ... Its launch profile and the endpoints of its settings are left out: they would give all of them the same address.</summary>
    /// <typeparam name="TProject">The project, as the host's build names it: <c>Projects.Shop_Web</c>.</typeparam>
    /// <param name="name">What the resources have in common.</param>
    /// <param name="count">How many.</param>
    /// <param name="configure">Says more about each, once it has its endpoint, <c>http</c>.</param>
    public static Replicas<ProjectResource> AddReplicas<TProject>(
        this IDistributedApplicationBuilder builder, string name, int count, Action<IResourceBuilder<ProjectResource>>? configure = null)
        where TProject : IProjectMetadata, new()
    {
        return builder.AddReplicas(name, count, Add, configure);

        // The launch profile would have said which environment it is; it is that of the host.
        IResourceBuilder<ProjectResource> Add(string replica)
        {
            var project = builder.AddProject<TProject>(replica, options => (options.ExcludeLaunchProfile, options.ExcludeKestrelEndpoints) = (true, true));
            return builder.ExecutionContext.IsRunMode ? project.WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName) : project;
        }
    }
}
