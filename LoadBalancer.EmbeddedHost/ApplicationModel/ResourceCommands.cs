namespace Aspire.Hosting.ApplicationModel;

/// <summary>Does something with a resource at the wish of a user.</summary>
public class ResourceCommandService
{
    private readonly DistributedApplicationModel _model;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(DistributedApplicationModel model, IServiceProvider services)
    {
        _model = model;
        _services = services;
    }

    /// <summary>Carries out a command of a resource.</summary>
    /// <param name="resourceId">Name of the resource.</param>
    /// <param name="commandName">For example one of <see cref="KnownResourceCommands"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it succeeded, and if not, why.</returns>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId,
        string commandName,
        CancellationToken cancellationToken = default)
    {
        if (!_model.Resources.TryGetByName(resourceId, out var resource))
        {
            return CommandResults.Failure($"Resource '{resourceId}' not found.");
        }

        var command = resource.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(known => known.Name == commandName);
        if (command is null)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resourceId}'.");
        }

        var context = new ExecuteCommandContext
        {
            ResourceName = resource.Name,
            Services = _services,
            CancellationToken = cancellationToken,
        };
        try
        {
            return await command.ExecuteCommand(context);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new ExecuteCommandResult { Success = false, Canceled = true };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever a command does wrong is the answer to the one who gave it, not the end of the host.
            return CommandResults.Failure(exception.Message);
        }
    }
}

/// <summary>Names of the commands that every process has.</summary>
public static class KnownResourceCommands
{
    /// <summary>Starts it.</summary>
    public static readonly string StartCommand = "start";

    /// <summary>Stops it.</summary>
    public static readonly string StopCommand = "stop";

    /// <summary>Stops and starts it.</summary>
    public static readonly string RestartCommand = "restart";
}

/// <summary>A command of a resource.</summary>
public sealed class ResourceCommandAnnotation : IResourceAnnotation
{
    internal ResourceCommandAnnotation(
        string name,
        string displayName,
        Func<UpdateCommandStateContext, ResourceCommandState> updateState,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        string? displayDescription,
        string? confirmationMessage,
        string? iconName,
        bool isHighlighted)
    {
        Name = name;
        DisplayName = displayName;
        UpdateState = updateState;
        ExecuteCommand = executeCommand;
        DisplayDescription = displayDescription;
        ConfirmationMessage = confirmationMessage;
        IconName = iconName;
        IsHighlighted = isHighlighted;
    }

    /// <summary>The name that programs use.</summary>
    public string Name { get; }

    /// <summary>The name that people see.</summary>
    public string DisplayName { get; }

    /// <summary>Says whether the command makes sense now.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; }

    /// <summary>Carries the command out.</summary>
    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; }

    /// <summary>What it does, in a sentence.</summary>
    public string? DisplayDescription { get; }

    /// <summary>A question to ask before.</summary>
    public string? ConfirmationMessage { get; }

    /// <summary>Name of a Fluent icon.</summary>
    public string? IconName { get; }

    /// <summary>Whether it deserves a button of its own.</summary>
    public bool IsHighlighted { get; }
}

/// <summary>Whether a command can be given now.</summary>
public enum ResourceCommandState
{
    /// <summary>It can.</summary>
    Enabled,

    /// <summary>It is shown, but cannot be given.</summary>
    Disabled,

    /// <summary>It is not shown.</summary>
    Hidden,
}

/// <summary>What a command works on.</summary>
public sealed class ExecuteCommandContext
{
    /// <summary>The services of the application.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>Name of the resource.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Ends when the command is given up.</summary>
    public required CancellationToken CancellationToken { get; init; }
}

/// <summary>What the state of a command is judged by.</summary>
public sealed class UpdateCommandStateContext
{
    /// <summary>What is seen of the resource now.</summary>
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    /// <summary>The services of the application.</summary>
    public required IServiceProvider Services { get; init; }
}

/// <summary>How a command ended.</summary>
public sealed class ExecuteCommandResult
{
    /// <summary>Whether it did what it says.</summary>
    public required bool Success { get; init; }

    /// <summary>Whether it was given up.</summary>
    public bool Canceled { get; init; }

    /// <summary>What happened, for people.</summary>
    public string? Message { get; init; }
}

/// <summary>Makes the usual results of commands.</summary>
public static class CommandResults
{
    /// <summary>It did what it says.</summary>
    public static ExecuteCommandResult Success() => new() { Success = true };

    /// <summary>It did not.</summary>
    /// <param name="errorMessage">Why not.</param>
    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };
}

/// <summary>What is seen of a command.</summary>
public sealed record ResourceCommandSnapshot
{
    internal ResourceCommandSnapshot(ResourceCommandAnnotation command, ResourceCommandState state)
    {
        Name = command.Name;
        State = state;
        DisplayName = command.DisplayName;
        DisplayDescription = command.DisplayDescription;
        ConfirmationMessage = command.ConfirmationMessage;
        IconName = command.IconName;
        IsHighlighted = command.IsHighlighted;
    }

    /// <summary>The name that programs use.</summary>
    public string Name { get; }

    /// <summary>Whether it can be given now.</summary>
    public ResourceCommandState State { get; }

    /// <summary>The name that people see.</summary>
    public string DisplayName { get; }

    /// <summary>What it does, in a sentence.</summary>
    public string? DisplayDescription { get; }

    /// <summary>A question to ask before.</summary>
    public string? ConfirmationMessage { get; }

    /// <summary>Name of a Fluent icon.</summary>
    public string? IconName { get; }

    /// <summary>Whether it deserves a button of its own.</summary>
    public bool IsHighlighted { get; }
}
