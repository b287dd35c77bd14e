namespace Aspire.Hosting.ApplicationModel;

/// <summary>What happens to an annotation of the same type that is there already.</summary>
public enum ResourceAnnotationMutationBehavior
{
    /// <summary>Both stay.</summary>
    Append,

    /// <summary>The new one takes the place of the old.</summary>
    Replace,
}

/// <summary>Fills environment variables each time the resource starts.</summary>
/// <param name="callback">Adds to the variables in the context.</param>
public class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>Adds to the variables in the context.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What an environment callback works on.</summary>
/// <param name="executionContext">Run or publish.</param>
/// <param name="resource">The resource that starts.</param>
/// <param name="environmentVariables">The variables so far.</param>
/// <param name="cancellationToken">Ends when the start is given up.</param>
public class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default)
{
    /// <summary>The variables so far: strings, or value providers that are asked when all callbacks have run.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];

    /// <summary>Run or publish.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>The resource that starts.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Ends when the start is given up.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Names a health check that speaks for the resource.</summary>
/// <param name="key">The name under which the check is registered.</param>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    /// <summary>The name under which the check is registered.</summary>
    public string Key { get; } = key;
}

/// <summary>Says how a resource stands to another.</summary>
/// <param name="resource">The other resource.</param>
/// <param name="type">For example <c>Parent</c> or <c>Reference</c>.</param>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    /// <summary>The other resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>For example <c>Parent</c> or <c>Reference</c>.</summary>
    public string Type { get; } = type;
}

internal static class KnownRelationshipTypes
{
    public const string Parent = "Parent";
    public const string Reference = "Reference";
}
