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
    // The server, its answers, and the faults that can be switched on in it
    await using var app = BackendApplication.Create(command.OptionsOf(result));
    try
    {
        await app.StartAsync(CancellationToken.None);
    }
    catch (Exception failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return ExitCodes.Failure;
    }

    await app.WaitForShutdownAsync(CancellationToken.None);
    return ExitCodes.Success;
});

// The host answers Ctrl+C and SIGTERM by itself, gracefully: the parser must not cut in.
return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
