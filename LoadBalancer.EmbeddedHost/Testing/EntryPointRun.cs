using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// One run of an AppHost's entry point inside a test. The entry point runs on a thread of its own and stops in <c>Build</c> until the test
/// says so; between, the test has the builder in its hands.
/// </summary>
internal sealed class EntryPointRun
{
    private static readonly AsyncLocal<EntryPointRun?> Ambient = new();

    private readonly Assembly _appHost;
    private readonly string[] _arguments;
    private readonly Action<DistributedApplicationOptions, HostApplicationBuilderSettings> _configure;
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _described = New<DistributedApplicationBuilder>();
    private readonly TaskCompletionSource _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = New<DistributedApplication>();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EntryPointRun(
        Assembly appHost,
        string[] arguments,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    {
        _appHost = appHost;
        _arguments = arguments;
        _configure = configure;
    }

    /// <summary>The run that the calling code is part of, if any.</summary>
    public static EntryPointRun? Current => Ambient.Value;

    /// <summary>Completes when the test has no more use for the application.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Runs the entry point up to <c>Build</c>.</summary>
    public Task<DistributedApplicationBuilder> DescribeAsync()
    {
        var thread = new Thread(RunEntryPoint) { IsBackground = true, Name = $"{_appHost.GetName().Name} entry point" };
        thread.Start();
        return _described.Task;
    }

    /// <summary>Lets the entry point go on through <c>Build</c>.</summary>
    public Task<DistributedApplication> BuildAsync()
    {
        _mayBuild.TrySetResult();
        return _built.Task;
    }

    /// <summary>Lets the entry point return.</summary>
    public void End()
    {
        _mayBuild.TrySetCanceled();
        _ended.TrySetResult();
    }

    /// <summary>Called by the entry point.</summary>
    public DistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options)
    {
        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        options.AssemblyName = _appHost.GetName().Name;
        options.DisableDashboard = true;
        _configure(options, settings);
        var builder = new DistributedApplicationBuilder(options, settings, inTest: true);
        // Tests run beside each other and beside the real application: no port is fixed. The key is Aspire's.
        builder.Configuration["DcpPublisher:RandomizePorts"] ??= "true";
        return builder;
    }

    /// <summary>Called by the entry point; waits for the test.</summary>
    public DistributedApplication Build(DistributedApplicationBuilder builder)
    {
        _described.TrySetResult(builder);
        _mayBuild.Task.GetAwaiter().GetResult();
        var application = builder.BuildCore();
        _built.TrySetResult(application);
        return application;
    }

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void RunEntryPoint()
    {
        Ambient.Value = this;
        try
        {
            var entryPoint = _appHost.EntryPoint
                ?? throw new InvalidOperationException($"{_appHost.GetName().Name} has no entry point.");
            object?[] parameters = entryPoint.GetParameters().Length == 0 ? [] : [_arguments];
            if (entryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, null, parameters, null) is Task running)
            {
                running.GetAwaiter().GetResult();
            }
            Fail(new InvalidOperationException("The entry point returned without building an application."));
        }
        catch (OperationCanceledException exception)
        {
            Fail(exception);
        }
        catch (Exception exception)
        {
            // It belongs to the test that is waiting; on this thread it would end the test process.
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        _described.TrySetException(exception);
        _built.TrySetException(exception);
    }
}
