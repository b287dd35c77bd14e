using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Testing;

/// <summary>An API server of Kubernetes as far as EndpointSlices go: it lists them and lets them be watched, and breaks off when the test says so.</summary>
public sealed class FakeKubernetes : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (string Service, string Json)> _slices = [];
    private readonly List<Channel<string>> _watches = [];
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly WebApplication _app;
    private int _version = 1;

    private FakeKubernetes(WebApplication app) => _app = app;

    /// <summary>Where it is.</summary>
    public string Url => _app.Urls.First();

    /// <summary>The status that calls get instead of an answer; 0 for none.</summary>
    public int Failure { get; set; }

    /// <summary>The calls, each as <c>list</c> or <c>watch from version</c>, with what stands in <c>Authorization</c> behind it.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>How many watch.</summary>
    public int Watches
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>Starts one without slices.</summary>
    public static async Task<FakeKubernetes> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new FakeKubernetes(app);
        app.MapGet("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Sets a slice of a service, by the JSON of its endpoints and ports.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">The name of the slice.</param>
    /// <param name="endpoints">Its endpoints.</param>
    /// <param name="ports">Its ports.</param>
    /// <param name="family">What kind of addresses it has.</param>
    public void Set(string service, string name, string endpoints, string ports, string family = "IPv4")
    {
        lock (_lock)
        {
            var version = ++_version;
            var type = _slices.ContainsKey(name) ? "MODIFIED" : "ADDED";
            var json = $$"""{"metadata":{"name":"{{name}}","namespace":"shop","resourceVersion":"{{version}}","labels":{"kubernetes.io/service-name":"{{service}}"} },"addressType":"{{family}}","endpoints":{{OneLine(endpoints)}},"ports":{{OneLine(ports)}}}""";
            _slices[name] = (service, json);
            Tell_NeedsLock(type, json);
        }
    }

    /// <summary>Deletes a slice.</summary>
    public void Delete(string name)
    {
        lock (_lock)
        {
            _version++;
            _slices.Remove(name, out var slice);
            Tell_NeedsLock("DELETED", slice.Json.Replace("\"resourceVersion\":\"", $"\"resourceVersion\":\"{_version}", StringComparison.Ordinal));
        }
    }

    /// <summary>Tells those that watch how far they are, and nothing else.</summary>
    public void Bookmark()
    {
        lock (_lock)
        {
            Tell_NeedsLock("BOOKMARK", $$"""{"metadata":{"resourceVersion":"{{++_version}}"} }""");
        }
    }

    /// <summary>Tells those that watch that what they know is too old (410), and ends their watches.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            Tell_NeedsLock("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}""");
        }

        EndWatches();
    }

    /// <summary>Ends the watches, as the server does after a while.</summary>
    public void EndWatches()
    {
        lock (_lock)
        {
            _watches.ForEach(watch => watch.Writer.TryComplete());
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        EndWatches();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static string OneLine(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);

    private void Tell_NeedsLock(string type, string json) => _watches.ForEach(watch => watch.Writer.TryWrite($$"""{"type":"{{type}}","object":{{json}}}""" + "\n"));

    private async Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var service = query["labelSelector"].ToString().Split('=')[^1];
        var isWatch = query["watch"] == "true";
        _calls.Enqueue($"{(isWatch ? $"watch from {query["resourceVersion"]}" : "list")} {context.Request.Headers.Authorization}".Trim());
        context.Response.ContentType = "application/json";
        if (Failure != 0)
        {
            context.Response.StatusCode = Failure;
            await context.Response.WriteAsync($$"""{"kind":"Status","code":{{Failure}},"message":"endpointslices is forbidden"}""");
        }
        else if (isWatch)
        {
            await WatchAsync(context, int.Parse(query["resourceVersion"].ToString(), CultureInfo.InvariantCulture));
        }
        else
        {
            await context.Response.WriteAsync(List(service));
        }
    }

    private string List(string service)
    {
        lock (_lock)
        {
            var items = string.Join(',', _slices.Values.Where(slice => slice.Service == service).Select(slice => slice.Json));
            return $$"""{"kind":"EndpointSliceList","metadata":{"resourceVersion":"{{_version}}"},"items":[{{items}}]}""";
        }
    }

    private async Task WatchAsync(HttpContext context, int from)
    {
        var watch = Channel.CreateUnbounded<string>();
        lock (_lock)
        {
            _watches.Add(watch);

            // What came between the list and the watch.
            foreach (var (_, json) in _slices.Values.Where(slice => int.Parse(JsonDocument.Parse(slice.Json).RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, CultureInfo.InvariantCulture) > from))
            {
                watch.Writer.TryWrite($$"""{"type":"MODIFIED","object":{{json}}}""" + "\n");
            }
        }

        try
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await foreach (var line in watch.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever watched has gone.
        }
        finally
        {
            lock (_lock)
            {
                _watches.Remove(watch);
            }
        }
    }
}
