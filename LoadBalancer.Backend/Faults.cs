using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections.Features;

namespace LoadBalancer.Backend;

/// <summary>What is wrong with this backend at the moment, as far as somebody switched it on.</summary>
/// <param name="HealthStatus">What <c>/health</c> and <c>/health-check</c> answer; 200 is no fault.</param>
/// <param name="DelayMs">How long every ordinary request waits before it is answered, in milliseconds.</param>
/// <param name="Resets">How many more ordinary requests have their connection reset; -1 is all of them.</param>
internal sealed record FaultState(int HealthStatus = StatusCodes.Status200OK, int DelayMs = 0, int Resets = 0)
{
    public const int All = -1;

    [JsonIgnore]
    public bool IsHealthy => HealthStatus == StatusCodes.Status200OK;
}

/// <summary>
/// The faults that can be switched on. Ordinary requests are all but those to <c>/health</c>, <c>/health-check</c>, <c>/alive</c> and <c>/faults</c>.
/// </summary>
internal sealed class Faults
{
    private readonly Lock _lock = new();
    private volatile FaultState _state = new();

    public FaultState State => _state;

    public FaultState Change(Func<FaultState, FaultState> change)
    {
        lock (_lock)
        {
            return _state = change(_state);
        }
    }

    /// <summary>Whether this request is one of those to be reset; counts it.</summary>
    public bool TakeReset()
    {
        if (_state.Resets == 0)
        {
            return false;
        }

        lock (_lock)
        {
            var left = _state.Resets;
            if (left > 0)
            {
                _state = _state with { Resets = left - 1 };
            }

            return left != 0;
        }
    }
}

/// <summary>The faults as middleware and endpoints.</summary>
internal static class FaultsExtensions
{
    private static readonly PathString[] ProbePaths = ["/health", "/health-check"];
    private static readonly PathString[] SparedPaths = ["/alive", "/faults"];

    /// <summary>Makes the faults that are switched on felt.</summary>
    public static void UseFaults(this WebApplication app)
    {
        var faults = app.Services.GetRequiredService<Faults>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use(async (context, next) =>
        {
            var path = context.Request.Path;
            if (ProbePaths.Any(probe => path.Equals(probe)))
            {
                await (faults.State.IsHealthy ? next(context) : AnswerUnhealthyAsync(context, faults.State.HealthStatus));
                return;
            }

            if (!SparedPaths.Any(spared => path.StartsWithSegments(spared)))
            {
                if (faults.TakeReset())
                {
                    Reset(context);
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(faults.State.DelayMs), time, context.RequestAborted);
            }

            await next(context);
        });
    }

    /// <summary>Maps the switches. Each answers with the faults now in force.</summary>
    public static void MapFaults(this WebApplication app)
    {
        var faults = app.MapGroup("/faults");
        faults.MapGet("", (Faults faults) => faults.State);
        faults.MapPost("/clear", (Faults faults) => faults.Change(_ => new()));
        faults.MapPost("/toggle-health", (Faults faults) => faults.Change(state =>
            state with { HealthStatus = state.IsHealthy ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK }));
        faults.MapPost("/health", (string? status, Faults faults) => Set(
            faults, "status", status, least: 200, most: 599, (state, value) => state with { HealthStatus = value }));
        faults.MapPost("/delay", (string? ms, Faults faults) => Set(
            faults, "ms", ms, least: 0, most: 3_600_000, (state, value) => state with { DelayMs = value }));

        // Without a count: every ordinary request until /faults/clear. With one: the next so many.
        faults.MapPost("/reset", (string? count, Faults faults) => count is null
            ? TypedResults.Ok(faults.Change(state => state with { Resets = FaultState.All }))
            : Set(faults, "count", count, least: 0, most: int.MaxValue, (state, value) => state with { Resets = value }));
    }

    private static IResult Set(Faults faults, string parameter, string? text, int least, int most, Func<FaultState, int, FaultState> change) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? TypedResults.Ok(faults.Change(state => change(state, value)))
            : TypedResults.Text($"{parameter} must be a number from {least} to {most}", statusCode: StatusCodes.Status400BadRequest);

    private static Task AnswerUnhealthyAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            ? Task.CompletedTask
            : context.Response.WriteAsync("Unhealthy");
    }

    // Closing without lingering sends RST; Abort alone would end the connection as if it had been done with.
    private static void Reset(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()?.Socket.Close(timeout: 0);
        context.Abort();
    }
}
