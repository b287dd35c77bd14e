using System.Net;
using System.Text.Json.Nodes;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.UnitTests.Admin;

public sealed class AdminAccessTests
{
    private const int Passed = 200;

    [Theory]
    [InlineData(null, null, Passed)]
    [InlineData("", null, Passed)]
    [InlineData(null, "Bearer whatever", Passed)]
    [InlineData("secret", "Bearer secret", Passed)]
    [InlineData("secret", "bearer secret", Passed)]
    [InlineData("secret", "Bearer  secret ", Passed)]
    [InlineData("secret", null, 401)]
    [InlineData("secret", "", 401)]
    [InlineData("secret", "Bearer", 401)]
    [InlineData("secret", "Bearer ", 401)]
    [InlineData("secret", "Bearer Secret", 401)]
    [InlineData("secret", "Bearer secrets", 401)]
    [InlineData("secret", "secret", 401)]
    [InlineData("secret", "Basic secret", 401)]
    public async Task Calls_need_the_token_where_there_is_one(string? token, string? authorization, int expected) =>
        Assert.Equal(expected, await AskAsync(token, Call(authorization)));

    [Fact]
    public async Task What_is_open_needs_no_token()
    {
        var context = Call(null);
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new AllowAnonymousAttribute()), "open"));

        Assert.Equal(Passed, await AskAsync("secret", context));
    }

    [Theory]
    [InlineData(null, "localhost", Passed)]
    [InlineData(null, "LOCALHOST:9901", Passed)]
    [InlineData(null, "proxy.dev.localhost:9901", Passed)]
    [InlineData(null, "127.0.0.1:9901", Passed)]
    [InlineData(null, "[::1]:9901", Passed)]
    [InlineData(null, "evil.example", 403)]
    [InlineData(null, "localhost.evil.example:9901", 403)]
    [InlineData("", "evil.example", 403)]
    [InlineData("secret", "admin.example", Passed)]
    public async Task Without_a_token_the_api_is_called_under_names_that_lead_only_here(string? token, string host, int expected)
    {
        var context = Call("Bearer secret");
        context.Request.Host = new HostString(host);

        Assert.Equal(expected, await AskAsync(token, context));
    }

    [Theory]
    [InlineData(null, "127.0.0.1", Passed)]
    [InlineData(null, "::1", Passed)]
    [InlineData(null, "192.0.2.1", 403)]
    [InlineData("secret", "192.0.2.1", Passed)]
    public async Task Without_a_token_the_api_is_served_on_this_machine_only(string? token, string address, int expected)
    {
        var context = Call("Bearer secret");
        context.Connection.LocalIpAddress = IPAddress.Parse(address);

        Assert.Equal(expected, await AskAsync(token, context));
    }

    [Fact]
    public async Task The_token_is_that_of_the_configuration_in_force()
    {
        var options = new AdminOptions { Token = "old" };
        var access = new AdminAccess(() => options);

        options = new AdminOptions { Token = "new" };

        Assert.Equal((Passed, 401), (await AskAsync(access, Call("Bearer new")), await AskAsync(access, Call("Bearer old"))));
    }

    [Theory]
    [InlineData(null, "Bearer", "This call needs the bearer token of Admin:Token.")]
    [InlineData("Basic secret", "Bearer", "This call needs the bearer token of Admin:Token.")]
    [InlineData("Bearer wrong", "Bearer error=\"invalid_token\"", "The bearer token of this call is not that of Admin:Token.")]
    public async Task A_call_without_the_token_is_told_what_would_help_but_not_the_token(string? authorization, string challenge, string detail)
    {
        var context = Call(authorization);
        var body = new MemoryStream();
        context.Response.Body = body;

        await AskAsync("secret", context);

        Assert.Equal((challenge, "application/problem+json"), (context.Response.Headers.WWWAuthenticate.ToString(), context.Response.ContentType));
        Assert.Equal(detail, JsonNode.Parse(body.ToArray())!["detail"]!.GetValue<string>());
        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }

    private static Task<int> AskAsync(string? token, HttpContext context) => AskAsync(new AdminAccess(() => new AdminOptions { Token = token }), context);

    private static async Task<int> AskAsync(AdminAccess access, HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status418ImATeapot;
        await access.CheckAsync(context, passed =>
        {
            passed.Response.StatusCode = Passed;
            return Task.CompletedTask;
        });
        return context.Response.StatusCode;
    }

    private static DefaultHttpContext Call(string? authorization)
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        if (authorization is not null)
        {
            context.Request.Headers.Authorization = authorization;
        }

        return context;
    }
}
