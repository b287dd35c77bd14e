using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class TargetTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/?")]
    [InlineData("/??a?b")]
    [InlineData("/a%2Fb/%7Euser/../x?q=%20+&q=%E2%82%AC")]
    [InlineData("/a/./b/../c/")]
    [InlineData("/../../etc/passwd")]
    [InlineData("/%2e%2e/a")]
    [InlineData("//double")]
    [InlineData("//double//slash///")]
    [InlineData("//other.com/a")]
    [InlineData("/a:b@c")]
    [InlineData("/%")]
    [InlineData("/%zz?%zz")]
    [InlineData("/%2")]
    [InlineData("/%41%C3%A9%c3%a9")]
    [InlineData("/a\\b|{}^`\"<>?a\\b|{}^`\"<>[]")]
    [InlineData("/a;b=c;d?x=http://other.com/#no", true)]
    [InlineData("/a;b=c,d?x=http://other.com/&y='()*!$")]
    [InlineData("/http://other.com/")]
    [InlineData("/*")]
    public async Task Path_and_query_go_on_byte_for_byte(string target, bool isRefused = false)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get(target));

        Assert.Equal(isRefused ? [] : [target], destination.Requests.Select(request => request.Target));
        Assert.Equal(isRefused ? 400 : 200, answer.Status);
    }

    [Theory]
    [InlineData("http://other.com:81/x/../y?z", "/x/../y?z", "other.com:81")]
    [InlineData("http://other.com", "/", "other.com")]
    [InlineData("http://other.com/", "/", "other.com")]
    [InlineData("http://other.com?q=1", "/?q=1", "other.com")]
    [InlineData("http://OTHER.com/a%2Fb", "/a%2Fb", "OTHER.com")]
    public async Task The_absolute_form_overrides_Host_and_goes_on_as_path_and_query(string target, string path, string host)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get(target));
        Assert.Equal(200, answer.Status);

        var request = destination.Requests.Single();
        Assert.Equal((path, host.ToLowerInvariant()), (request.Target, request.Header("Host")?.ToLowerInvariant()));
        Assert.Equal(request.Header("Host"), request.Header("X-Forwarded-Host"));
    }

    [Fact]
    public async Task The_path_prefix_of_a_destination_comes_first()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination.Address + "/inner/");
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get("/a%2Fb?c"));

        Assert.Equal("/inner/a%2Fb?c", destination.Requests.Single().Target);
    }

    [Theory]
    [InlineData("/../tenant2/secret")]
    [InlineData("/a/../../tenant2")]
    [InlineData("/%2e%2E/tenant2")]
    [InlineData("/..%2ftenant2")]
    [InlineData("/..;/tenant2")]
    [InlineData("/..\\tenant2")]
    [InlineData("http://example.com/../tenant2")]
    public async Task The_path_prefix_of_a_destination_cannot_be_left(string target)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination.Address + "/tenant1");
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get(target));

        Assert.Equal((400, 0), (answer.Status, destination.Requests.Count));
        Assert.Contains("segment", answer.Text, StringComparison.Ordinal);
    }
}
