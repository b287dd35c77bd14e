using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Collects what the application consists of.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Settings of the host: files, environment, command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The folder of the project that describes the application.</summary>
    string AppHostDirectory { get; }

    /// <summary>The surroundings of the host.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>The services of the host.</summary>
    IServiceCollection Services { get; }

    /// <summary>Run or publish.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The resources so far.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    /// <summary>Says more about a resource that is there already.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

    /// <summary>Ends the description.</summary>
    DistributedApplication Build();
}

/// <summary>What can be said to the builder before it exists.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line.</summary>
    public string[]? Args { get; set; }

    /// <summary>Whether to do without the dashboard.</summary>
    public bool DisableDashboard { get; set; }

    /// <summary>The assembly that describes the application; default the one that was started.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder of the project that describes the application; default what was recorded at its build.</summary>
    public string? ProjectDirectory { get; set; }
}

/// <summary>Whether the application is run or published.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>Processes are started on this machine.</summary>
    Run,

    /// <summary>Files for a deployment are written.</summary>
    Publish,
}

/// <summary>What the application is being built for.</summary>
/// <param name="operation">Run or publish.</param>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>Run or publish.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>Whether processes are started on this machine.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    /// <summary>Whether files for a deployment are written.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
}

/// <summary>The application cannot be built or started as described. The message is one line for the user.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Makes an exception without a reason.</summary>
    public DistributedApplicationException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The reason, in one line.</param>
    public DistributedApplicationException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The reason, in one line.</param>
    /// <param name="inner">What led to it.</param>
    public DistributedApplicationException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>A resource that others find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Where a project is; the build generates one class for each project that the AppHost references.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The project file.</summary>
    string ProjectPath { get; }

    /// <summary>Whether the project has been built together with the AppHost.</summary>
    bool SuppressBuild => false;
}
