using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace LoadBalancer.ServiceDefaults;

/// <summary>The console of our programs: one line an event, <c>2026-11-08 18:19:41,497 - INFO - server listening on ...</c>.</summary>
public static class LineConsole
{
    /// <summary>Sets the console up. The frameworks below us speak from Warning on; configuration (<c>Logging:LogLevel</c>) still decides.</summary>
    /// <param name="logging">Where the console is added.</param>
    /// <param name="verbose">Shows our own Debug lines, and exceptions in full.</param>
    public static ILoggingBuilder AddLineConsole(this ILoggingBuilder logging, bool verbose = false)
    {
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        AddFormatter(logging, verbose);

        // Of two rules for one category the later wins, so defaults have to stand before those that configuration registered.
        logging.Services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<LoggerFilterOptions>>(
            new ConfigureOptions<LoggerFilterOptions>(filters => AddDefaults(filters, verbose))));
        return logging;
    }

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(LineConsoleOptions))]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The properties of the options are kept, and they are single values.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "The properties of the options are single values, for which nothing has to be compiled.")]
    private static void AddFormatter(ILoggingBuilder logging, bool verbose) =>
        logging.AddConsoleFormatter<LineFormatter, LineConsoleOptions>(options => options.FullExceptions |= verbose);

    private static void AddDefaults(LoggerFilterOptions filters, bool verbose)
    {
        filters.AddFilter("Microsoft", LogLevel.Warning);
        filters.AddFilter("System", LogLevel.Warning);

        // It would call each answer of /health an error while the program stops, as often as somebody asks.
        filters.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        if (verbose)
        {
            filters.AddFilter(nameof(LoadBalancer), LogLevel.Debug);
        }
    }
}

/// <summary>Settings of the line console (section <c>Logging:Console:FormatterOptions</c>).</summary>
internal sealed class LineConsoleOptions : ConsoleFormatterOptions
{
    /// <summary>Whether an exception is written with its stack trace rather than condensed into the line.</summary>
    public bool FullExceptions { get; set; }
}

/// <summary>Writes one log record as one line, in local time, with the level names that operators grep for.</summary>
internal sealed class LineFormatter(IOptionsMonitor<LineConsoleOptions> options, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var full = options.CurrentValue.FullExceptions;
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (!full && TellsOfFailedStart(logEntry.Category, logEntry.EventId, message))
        {
            return;
        }

        textWriter.Write(time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture));
        textWriter.Write(" - ");
        textWriter.Write(NameOf(logEntry.LogLevel));
        textWriter.Write(" - ");
        WriteOneLine(textWriter, message);

        if (logEntry.Exception is { } exception && !full)
        {
            textWriter.Write(" (");
            WriteOneLine(textWriter, $"{exception.GetType().Name}: {exception.Message}");
            textWriter.Write(')');
        }

        textWriter.Write('\n');
        if (logEntry.Exception is not null && full)
        {
            textWriter.Write(logEntry.Exception);
            textWriter.Write('\n');
        }
    }

    internal static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };

    // A start that failed is thrown as well, and the program says why in a line of its own: thrice would bury it.
    private static bool TellsOfFailedStart(string category, EventId id, string message) => category switch
    {
        "Microsoft.Extensions.Hosting.Internal.Host" => id.Name == "HostedServiceStartupFaulted",
        "Microsoft.AspNetCore.Server.Kestrel" => message == "Unable to start Kestrel.",
        _ => false,
    };

    // A message may quote what a client sent; a line break or an escape sequence in it must not forge a line or steer the terminal.
    private static void WriteOneLine(TextWriter writer, string text)
    {
        foreach (var character in text)
        {
            writer.Write(char.IsControl(character) ? ' ' : character);
        }
    }
}
