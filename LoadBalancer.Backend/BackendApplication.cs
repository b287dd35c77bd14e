using LoadBalancer.ServiceDefaults;

namespace LoadBalancer.Backend;

/// <summary>The backend as a web application, for <c>Program</c> and for tests in one process.</summary>
public static partial class BackendApplication
{
    /// <summary>Builds a backend; the caller starts it.</summary>
    /// <param name="options">What the operator said.</param>
    /// <param name="time">The clock of delays; the system's when null.</param>
    /// <exception cref="InvalidOperationException">The configured name cannot be a header value.</exception>
    public static WebApplication Create(BackendOptions options, TimeProvider? time = null)
    {
        // The command line is not handed on: its options are ours, not configuration keys.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "LoadBalancer.Backend" });
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.Logging.ClearProviders().AddLineConsole(options.Verbose);
        builder.AddServiceDefaults();
        builder.Services.AddLifeCycleLines();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<Faults>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Tests send what they like, as slowly as they like: whatever is cut short, this server must not have done it.
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        if (options.Listen.Count > 0)
        {
            builder.WebHost.UseUrls([.. options.Listen]);
        }

        var app = builder.Build();
        var name = options.NameOr(app.Configuration);
        app.Use((context, next) =>
        {
            context.Response.Headers["X-Backend"] = name;
            return next(context);
        });
        if (options.Verbose)
        {
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LoadBalancer.Backend");
            app.Use((context, next) => LogRequestAsync(context, next, logger));
        }

        app.UseFaults();
        app.UseWebSockets();

        app.MapDefaultEndpoints();
        app.MapGet("/health-check", () => "OK").DisableHttpMetrics();
        app.MapFaults();
        app.MapGreeting(options.Message ?? "Hello from {name}", name);
        app.MapEcho();
        app.MapStatusAndDelay();
        app.MapStreams(name);
        return app;
    }

    private static void MapGreeting(this WebApplication app, string message, string name)
    {
        var text = message.Replace("{name}", name, StringComparison.Ordinal);
        var contentType = text.StartsWith('<') ? "text/html" : "text/plain";
        app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], () => TypedResults.Text(text, $"{contentType}; charset=utf-8"));
    }

    private static void MapStatusAndDelay(this WebApplication app)
    {
        app.Map("/status/{code:int:range(200,599)}", (int code) => code is 204 or 205 or 304
            ? Results.StatusCode(code)
            : Results.Text($"status {code}", statusCode: code));

        app.Map("/delay/{ms:int:min(0)}", async (int ms, TimeProvider time, CancellationToken aborted) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), time, aborted);
            return $"waited {ms} ms";
        });
    }

    private static async Task LogRequestAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        await next(context);
        var (request, connection) = (context.Request, context.Connection);
        Log.Answered(
            logger, request.Method, request.Path, connection.RemoteIpAddress, connection.RemotePort, context.Response.StatusCode);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Method} {Path} from {Address}:{Port} answered {Status}")]
        public static partial void Answered(
            ILogger logger, string method, PathString path, System.Net.IPAddress? address, int port, int status);
    }
}
