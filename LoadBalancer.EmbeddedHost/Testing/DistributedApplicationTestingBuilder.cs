using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Brings an AppHost into a test.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the entry point of an AppHost up to <c>Build</c>. Ports are found, not fixed.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly: its class in the namespace <c>Projects</c>.</typeparam>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class =>
        CreateAsync<TEntryPoint>([], cancellationToken);

    /// <summary>Runs the entry point of an AppHost up to <c>Build</c>, with a command line.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly: its class in the namespace <c>Projects</c>.</typeparam>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        CancellationToken cancellationToken = default)
        where TEntryPoint : class =>
        CreateAsync<TEntryPoint>(args, static (_, _) => { }, cancellationToken);

    /// <summary>Runs the entry point of an AppHost up to <c>Build</c>, with a command line and other options.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly: its class in the namespace <c>Projects</c>.</typeparam>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        var run = new EntryPointRun(typeof(TEntryPoint).Assembly, args, configureBuilder);
        return new TestingBuilder(run, await run.DescribeAsync().WaitAsync(cancellationToken));
    }
}

/// <summary>An AppHost in the hands of a test, described but not built.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>Builds the application; start it next.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

internal sealed class TestingBuilder(EntryPointRun run, DistributedApplicationBuilder inner) : IDistributedApplicationTestingBuilder
{
    public ConfigurationManager Configuration => inner.Configuration;

    public string AppHostDirectory => inner.AppHostDirectory;

    public IHostEnvironment Environment => inner.Environment;

    public IServiceCollection Services => inner.Services;

    public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

    public IResourceCollection Resources => inner.Resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => inner.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => inner.CreateResourceBuilder(resource);

    public DistributedApplication Build() => BuildAsync(CancellationToken.None).GetAwaiter().GetResult();

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken) => run.BuildAsync().WaitAsync(cancellationToken);

    public void Dispose() => run.End();

    public ValueTask DisposeAsync()
    {
        run.End();
        return ValueTask.CompletedTask;
    }
}
