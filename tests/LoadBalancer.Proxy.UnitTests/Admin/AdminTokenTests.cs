using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.UnitTests.Admin;

public sealed class AdminTokenTests
{
    [Theory]
    [InlineData(null, "/api/clusters", null, true)]
    [InlineData("", "/api/clusters", null, true)]
    [InlineData(null, "/api/clusters", "Bearer whatever", true)]
    [InlineData("secret", "/api/clusters", "Bearer secret", true)]
    [InlineData("secret", "/api/clusters", "bearer secret", true)]
    [InlineData("secret", "/api/clusters", "Bearer  secret ", true)]
    [InlineData("secret", "/api/clusters", null, false)]
    [InlineData("secret", "/api/clusters", "", false)]
    [InlineData("secret", "/api/clusters", "Bearer", false)]
    [InlineData("secret", "/api/clusters", "Bearer ", false)]
    [InlineData("secret", "/api/clusters", "Bearer Secret", false)]
    [InlineData("secret", "/api/clusters", "Bearer secrets", false)]
    [InlineData("secret", "/api/clusters", "secret", false)]
    [InlineData("secret", "/api/clusters", "Basic secret", false)]
    [InlineData("secret", "/api", null, false)]
    [InlineData("secret", "/API/clusters", null, false)]
    [InlineData("secret", "/api/unknown", null, false)]
    [InlineData("secret", "/health", null, true)]
    [InlineData("secret", "/alive", null, true)]
    [InlineData("secret", "/apis", null, true)]
    public void Calls_of_the_api_need_the_token_where_there_is_one(string? token, string path, string? authorization, bool allows) =>
        Assert.Equal(allows, new AdminToken(() => new AdminOptions { Token = token }).Allows(Call(path, authorization).Request));

    [Theory]
    [InlineData(null, "/api/clusters", "localhost", true)]
    [InlineData(null, "/api/clusters", "LOCALHOST:9901", true)]
    [InlineData(null, "/api/clusters", "proxy.dev.localhost:9901", true)]
    [InlineData(null, "/api/clusters", "127.0.0.1:9901", true)]
    [InlineData(null, "/api/clusters", "[::1]:9901", true)]
    [InlineData(null, "/api/clusters", "evil.example", false)]
    [InlineData(null, "/api/clusters", "localhost.evil.example:9901", false)]
    [InlineData(null, "/API/clusters", "evil.example", false)]
    [InlineData("", "/api/clusters", "evil.example", false)]
    [InlineData("secret", "/api/clusters", "admin.example", true)]
    [InlineData(null, "/health", "pod.example", true)]
    public void Without_a_token_the_api_is_called_under_names_that_lead_only_here(string? token, string path, string host, bool expected)
    {
        var request = Call(path, null).Request;
        request.Host = new HostString(host);

        Assert.Equal(expected, new AdminToken(() => new AdminOptions { Token = token }).IsCalledByItsName(request));
    }

    [Fact]
    public void The_token_is_that_of_the_configuration_in_force()
    {
        var options = new AdminOptions { Token = "old" };
        var token = new AdminToken(() => options);

        options = new AdminOptions { Token = "new" };

        Assert.True(token.Allows(Call("/api/clusters", "Bearer new").Request));
    }

    [Fact]
    public async Task A_call_that_may_pass_goes_on()
    {
        var (context, passed) = (Call("/api/clusters", "Bearer secret"), false);

        await new AdminToken(() => new AdminOptions { Token = "secret" }).CheckAsync(context, _ =>
        {
            passed = true;
            return Task.CompletedTask;
        });

        Assert.True(passed);
    }

    [Fact]
    public async Task A_call_without_the_token_is_answered_with_401_and_what_would_help()
    {
        var context = Call("/api/clusters", "Bearer wrong");

        await new AdminToken(() => new AdminOptions { Token = "secret" }).CheckAsync(context, _ => throw new InvalidOperationException("It passed."));

        Assert.Equal((401, "Bearer", "application/problem+json"), (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate.ToString(), context.Response.ContentType));
    }

    [Fact]
    public async Task The_refusal_does_not_tell_the_token()
    {
        var context = Call("/api/clusters", "Bearer wrong");
        var body = new MemoryStream();
        context.Response.Body = body;

        await new AdminToken(() => new AdminOptions { Token = "secret" }).CheckAsync(context, _ => Task.CompletedTask);

        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }

    private static DefaultHttpContext Call(string path, string? authorization)
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        context.Request.Path = path;
        if (authorization is not null)
        {
            context.Request.Headers.Authorization = authorization;
        }

        return context;
    }
}
