using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace LoadBalancer.Backend.Tests;

public sealed class AnswerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Root_says_hello_from_the_name()
    {
        await using var backend = await RunningBackend.StartAsync();

        Assert.Equal("Hello from web1", await backend.GetTextAsync("/"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/faults")]
    [InlineData("/status/503")]
    [InlineData("/nowhere")]
    public async Task Every_answer_names_the_backend(string path)
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.GetAsync(path);

        Assert.Equal(["web1"], answer.Headers.GetValues("X-Backend"));
    }

    [Fact]
    public async Task Name_comes_from_the_telemetry_variable_when_none_is_given()
    {
        await using var backend = await RunningBackend.StartAsync(
            new() { Settings = new Dictionary<string, string?> { ["OTEL_SERVICE_NAME"] = "backend-2" } });

        Assert.Equal("Hello from backend-2", await backend.GetTextAsync("/"));
    }

    [Fact]
    public async Task Host_in_the_name_is_the_machine()
    {
        await using var backend = await RunningBackend.StartAsync(new() { Name = "web-{host}" });

        Assert.Equal($"Hello from web-{Environment.MachineName}", await backend.GetTextAsync("/"));
    }

    [Fact]
    public async Task Message_that_begins_with_a_tag_is_html()
    {
        await using var backend = await RunningBackend.StartAsync(new() { Name = "Red", Message = "<h1>{name} Server</h1>" });

        using var answer = await backend.GetAsync("/");

        Assert.Equal(
            ("text/html", "<h1>Red Server</h1>"),
            (answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task Echo_shows_the_request_target_undecoded()
    {
        await using var backend = await RunningBackend.StartAsync();

        var echo = await backend.Client.GetFromJsonAsync<JsonElement>("/echo/a%2Fb?x=%20y", Cancelled);

        Assert.Equal("/echo/a%2Fb?x=%20y", echo.GetProperty("target").GetString());
    }

    [Fact]
    public async Task Echo_shows_the_headers()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo") { Headers = { { "X-Thing", "1" } } };

        using var answer = await backend.Client.SendAsync(request, Cancelled);
        var echo = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

        Assert.Equal(["1"], echo.GetProperty("headers").GetProperty("X-Thing").EnumerateArray().Select(line => line.GetString()));
    }

    [Fact]
    public async Task Echo_shows_a_small_body()
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.PostAsync("/echo", new StringContent("grüße"));
        var echo = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

        Assert.Equal(("grüße", 7), (echo.GetProperty("body").GetString(), echo.GetProperty("bodyLength").GetInt32()));
    }

    [Fact]
    public async Task Echo_leaves_a_large_body_out_but_counts_it()
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.PostAsync("/echo", new ByteArrayContent(new byte[100_000]));
        var echo = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);

        Assert.Equal((null, 100_000), (echo.GetProperty("body").GetString(), echo.GetProperty("bodyLength").GetInt32()));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(304)]
    [InlineData(404)]
    [InlineData(599)]
    public async Task Status_is_the_one_asked_for(int code)
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.GetAsync($"/status/{code}");

        Assert.Equal(code, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_537)]
    public async Task Bytes_come_in_the_number_asked_for(int n)
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.GetAsync($"/bytes/{n}");

        Assert.Equal(n, (await answer.Content.ReadAsByteArrayAsync(Cancelled)).Length);
    }

    [Fact]
    public async Task Bytes_announce_a_length_beyond_32_bits()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/bytes/5000000000");

        using var answer = await backend.Client.SendAsync(request, Cancelled);

        Assert.Equal(5_000_000_000, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Upload_answers_with_the_length()
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.PostAsync("/upload", new ByteArrayContent(new byte[1_000_003]));

        Assert.Equal("1000003", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task Delay_waits_as_long_as_asked()
    {
        var time = new ImpatientTime();
        await using var backend = await RunningBackend.StartAsync(time: time);

        await backend.GetTextAsync("/delay/60000");

        Assert.Contains(TimeSpan.FromMinutes(1), time.Waits);
    }

    [Fact]
    public async Task Events_come_in_order()
    {
        await using var backend = await RunningBackend.StartAsync(time: new ImpatientTime());

        var stream = await backend.GetTextAsync("/sse?count=2");

        Assert.Equal("data: event 1 from web1\nid: 1\n\ndata: event 2 from web1\nid: 2\n\n", stream);
    }

    [Fact]
    public async Task WebSocket_echoes_a_message()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(backend.Client.BaseAddress!) { Scheme = "ws", Path = "/ws" }.Uri, Cancelled);

        await socket.SendAsync("ahoy"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancelled);
        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, Cancelled);

        Assert.Equal("ahoy", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public async Task WebSocket_path_refuses_a_plain_request()
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.GetAsync("/ws");

        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }
}
