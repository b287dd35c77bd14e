using LoadBalancer.Backend;

// What was typed
var command = new BackendCommand();
var parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    await Console.Error.WriteLineAsync(parsed.Errors[0].Message);
    return ExitCodes.Usage;
}

// What it means
command.SetAction(async (result, _) =>
{
    try
    {
        // The server, its answers, and the faults that can be switched on in it
        await using var app = BackendApplication.Create(command.OptionsOf(result));
        await app.RunAsync();
        return ExitCodes.Success;
    }
    catch (OperationCanceledException)
    {
        // Told to stop before it had started.
        return ExitCodes.Success;
    }
    catch (Exception failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return ExitCodes.Failure;
    }
});

// The host answers Ctrl+C and SIGTERM by itself, gracefully: the parser must not cut in.
return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
