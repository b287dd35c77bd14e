using LoadBalancer.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoadBalancer.Backend.Tests;

public sealed class LineConsoleTests
{
    [Theory]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARNING")]
    [InlineData(LogLevel.Error, "ERROR")]
    [InlineData(LogLevel.Critical, "CRITICAL")]
    public void Record_is_one_line_of_time_level_and_message(LogLevel level, string name) =>
        Assert.Equal($"2026-11-08 18:19:41,497 - {name} - server listening on X\n", Write(level, "server listening on X"));

    [Fact]
    public void Line_break_in_a_message_forges_no_second_line() =>
        Assert.Equal("2026-11-08 18:19:41,497 - INFO - a b [31m\n", Write(LogLevel.Information, "a\nb\u001b[31m"));

    [Fact]
    public void Exception_is_condensed_into_the_line() =>
        Assert.Equal(
            "2026-11-08 18:19:41,497 - ERROR - oh (InvalidOperationException: first second)\n",
            Write(LogLevel.Error, "oh", new InvalidOperationException("first\nsecond")));

    [Fact]
    public void Verbose_console_shows_the_exception_whole() =>
        Assert.Equal(
            "2026-11-08 18:19:41,497 - ERROR - oh\nSystem.InvalidOperationException: first\n",
            Write(LogLevel.Error, "oh", new InvalidOperationException("first"), verbose: true));

    [Theory]
    [InlineData(null, false)]
    [InlineData("Debug", true)]
    public void Configuration_decides_what_the_framework_may_say(string? configured, bool enabled)
    {
        using var services = BuildServices(new() { ["Logging:LogLevel:Microsoft"] = configured });

        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics");

        Assert.Equal(enabled, logger.IsEnabled(LogLevel.Information));
    }

    private static string Write(LogLevel level, string message, Exception? exception = null, bool verbose = false)
    {
        using var services = BuildServices([], verbose);
        var options = services.GetRequiredService<IOptionsMonitor<LineConsoleOptions>>();
        using var writer = new StringWriter();
        new LineFormatter(options, new StoppedClock()).Write(
            new LogEntry<string>(level, "LoadBalancer.Thing", 0, message, exception, (state, _) => state), null, writer);
        return writer.ToString();
    }

    private static ServiceProvider BuildServices(Dictionary<string, string?> settings, bool verbose = false)
    {
        var configured = settings.Where(setting => setting.Value is not null);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(configured).Build();
        return new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging(logging => logging.AddConfiguration(configuration.GetSection("Logging")).AddLineConsole(verbose))
            .BuildServiceProvider();
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), "test", "test");

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 8, 16, 19, 41, 497, TimeSpan.Zero);
    }
}
