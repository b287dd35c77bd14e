using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class AnswerHeaderTests
{
    [Theory]
    [InlineData("Connection: X-A", "X-A")]
    [InlineData("Connection: close, X-A", "X-A")]
    [InlineData("Connection: keep-alive\r\nConnection: X-A", "X-A")]
    [InlineData("Connection: X-B", "Connection")]
    [InlineData("Connection: keep-alive", "Connection")]
    [InlineData("Keep-Alive: timeout=5", "Keep-Alive")]
    [InlineData("Proxy-Connection: keep-alive", "Proxy-Connection")]
    [InlineData("Upgrade: h2c", "Upgrade")]
    public async Task A_field_between_two_neighbours_is_not_passed_on(string lines, string name)
    {
        var answer = await GetAsync(lines, "X-A: b");

        Assert.Empty(answer.Headers(name));
    }

    [Theory]
    [InlineData("X-Unknown", "anything at all; x=\"y, z\"")]
    [InlineData("x-LOWER-and-upper", "a")]
    [InlineData("X_Under.score!#$%&'*+^`|~1", "a")]
    [InlineData("X-Empty", "")]
    [InlineData("X-Utf8", "caf\u00c3\u00a9 \u00e2\u0082\u00ac")]
    [InlineData("X-Latin1", "caf\u00e9")]
    [InlineData("Date", "yesterday")]
    [InlineData("Date", "Tue, 15 Nov 1994 08:12:31 GMT")]
    [InlineData("Server", "odd (unclosed / 1")]
    [InlineData("Expires", "0")]
    [InlineData("Last-Modified", "never")]
    [InlineData("ETag", "unquoted")]
    [InlineData("Content-Type", "text/html; charset=\"unclosed")]
    [InlineData("Content-Encoding", "gzip, unknown")]
    [InlineData("Content-Disposition", "attachment; filename=\u00e9.txt")]
    [InlineData("Location", "/relative/\u00c3\u00a9")]
    [InlineData("Location", "http://inner.example.com/")]
    [InlineData("Retry-After", "soon")]
    [InlineData("WWW-Authenticate", "Basic realm=\"a, b\", Bearer")]
    [InlineData("Proxy-Authenticate", "Basic")]
    [InlineData("X-Request-Id", "of the destination")]
    [InlineData("Strict-Transport-Security", "max-age=1")]
    public async Task A_field_is_passed_on_as_it_came(string name, string value)
    {
        var answer = await GetAsync($"{name}: {value}");

        Assert.Equal([value], answer.Headers(name));
    }

    [Theory]
    [InlineData("Set-Cookie")]
    [InlineData("X-A")]
    [InlineData("Cache-Control")]
    [InlineData("Vary")]
    [InlineData("WWW-Authenticate")]
    [InlineData("Link")]
    [InlineData("Content-Language")]
    public async Task Lines_of_one_name_stay_apart_and_in_order(string name)
    {
        var answer = await GetAsync($"{name}: c=1; Path=/", "X-B: x", $"{name}: a=2; Expires=Tue, 15 Nov 1994 08:12:31 GMT", $"{name}: b");

        Assert.Equal(["c=1; Path=/", "a=2; Expires=Tue, 15 Nov 1994 08:12:31 GMT", "b"], answer.Headers(name));
    }

    [Fact]
    public async Task Via_is_appended_to() =>
        Assert.Equal(["1.0 inner", "1.1 LoadBalancer"], (await GetAsync("Via: 1.0 inner")).Headers("Via"));

    [Fact]
    public async Task Date_is_added_where_it_is_missing() => Assert.NotNull((await GetAsync()).Header("Date"));

    [Fact]
    public async Task The_client_is_told_the_request_id_that_the_destination_got()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal(destination.Requests[0].Header("X-Request-Id"), answer.Header("X-Request-Id"));
    }

    [Theory]
    [InlineData("h2=\":443\"; ma=2592000")]
    [InlineData("clear")]
    public async Task Clients_are_not_told_where_else_the_destination_is(string alternative) => Assert.Empty((await GetAsync($"Alt-Svc: {alternative}")).Headers("Alt-Svc"));

    [Fact]
    public async Task No_field_is_added_that_names_the_software() => Assert.Empty((await GetAsync()).Headers("Server"));

    [Theory]
    [InlineData("200 Fine Indeed")]
    [InlineData("404 No Such Thing")]
    [InlineData("299 Own Code")]
    [InlineData("599 Last")]
    public async Task Status_and_reason_are_kept(string status)
    {
        var answer = await GetRawAsync($"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal($"HTTP/1.1 {status}", answer.StatusLine);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 \r\n")]
    [InlineData("HTTP/1.1 200\r\n")]
    public async Task An_answer_without_a_reason_is_taken(string line)
    {
        var answer = await GetRawAsync(line + "Content-Length: 2\r\n\r\nok");

        Assert.Equal((200, "ok"), (answer.Status, answer.Text));
    }

    private static Task<RawAnswer> GetAsync(params string[] lines) =>
        GetRawAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + string.Concat(lines.Select(line => line + "\r\n")) + "\r\nok");

    private static async Task<RawAnswer> GetRawAsync(string bytes)
    {
        await using var destination = new FakeDestination(Behave.Raw(bytes));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        return await client.AskAsync(RawRequest.Get());
    }
}
