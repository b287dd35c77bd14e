using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Backend.Tests;

[Collection(nameof(AloneInTheProcess))]
public sealed class TelemetryTests
{
    [Fact]
    public async Task Span_of_a_request_is_named_by_its_route() =>
        Assert.Contains("GET /status/{code:int:range(200,599)}", (await SentAfterAsync("/status/418")).Traces, StringComparison.Ordinal);

    [Fact]
    public async Task Span_of_a_request_carries_its_attributes() =>
        Assert.Contains("http.response.status_code", (await SentAfterAsync("/status/418")).Traces, StringComparison.Ordinal);

    [Fact]
    public async Task Health_check_is_not_traced() =>
        Assert.Empty((await SentAfterAsync("/health")).Traces);

    [Fact]
    public async Task Metrics_of_requests_are_sent() =>
        Assert.Contains("http.server.request.duration", (await SentAfterAsync("/status/418")).Metrics, StringComparison.Ordinal);

    [Fact]
    public async Task Log_records_are_sent_with_their_text() =>
        Assert.Contains("server listening on http://127.0.0.1:", (await SentAfterAsync("/")).Logs, StringComparison.Ordinal);

    /// <summary>All that a backend sends over OTLP when it serves one request and stops. Names and texts stand in it readably.</summary>
    private static async Task<(string Traces, string Metrics, string Logs)> SentAfterAsync(string path)
    {
        var received = new ConcurrentDictionary<string, string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            received.AddOrUpdate(signal, text, (_, before) => before + text);
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);

        var options = new BackendOptions
        {
            Name = "web1",
            Settings = new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            },
        };
        await using (var backend = await RunningBackend.StartAsync(options))
        {
            using var answer = await backend.GetAsync(path);
        }

        return (received.GetValueOrDefault("traces", ""), received.GetValueOrDefault("metrics", ""), received.GetValueOrDefault("logs", ""));
    }
}

/// <summary>Activity sources are shared by the whole process: a test that looks at every span must not have neighbours that make some.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
