using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class MethodTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    [InlineData("QUERY")]
    [InlineData("M-SEARCH")]
    [InlineData("BREW")]
    public async Task A_method_known_or_not_is_passed_on(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.WithoutBody(method));

        Assert.Equal((200, method), (answer.Status, destination.Requests.Single().Method));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("BREW")]
    public async Task A_body_is_passed_on_also_where_few_expect_one(string method)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync($"{method} / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("hello", destination.Requests.Single().Body);
    }

    [Theory]
    [InlineData("TRACE / HTTP/1.1\r\nHost: example.com\r\n\r\n")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: example.com\r\nMax-Forwards: 0\r\n\r\n")]
    [InlineData("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")]
    public async Task Trace_and_connect_are_refused(string request)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(request);

        Assert.Equal((405, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 0), (answer.Status, answer.Header("Allow"), destination.Requests.Count));
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: example.com\r\n\r\n")]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: example.com\r\nMax-Forwards: 0\r\n\r\n")]
    public async Task Options_that_are_meant_for_the_proxy_are_answered_by_it(string request)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(request);

        Assert.Equal((204, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 0), (answer.Status, answer.Header("Allow"), destination.Requests.Count));
    }

    [Theory]
    [InlineData(9, 200)]
    [InlineData(10, 508)]
    public async Task A_request_that_has_come_by_too_often_is_going_in_a_circle(int passes, int status)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", $"Via: {string.Join(", ", Enumerable.Repeat("1.1 LoadBalancer", passes))}"));

        Assert.Equal((status, status == 200 ? 1 : 0), (answer.Status, destination.Requests.Count));
    }

    [Fact]
    public async Task A_proxy_that_is_its_own_destination_ends_the_circle()
    {
        var address = DeadAddress.Refusing();

        // A probe would go round as well, and find the destination unhealthy.
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Listeners:main:Url"] = address,
            ["Clusters:web:Destinations:a:Address"] = address,
            ["Clusters:web:HealthCheck:Active:Enabled"] = "false",
        });
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal(508, answer.Status);
    }
}
