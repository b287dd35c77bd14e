using System.Net;
using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Calls of the admin API that a page of a stranger has the operator's browser make.</summary>
public sealed class CrossSiteTests
{
    [Theory]
    [InlineData("application/json", null, null, HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-8", null, "none", HttpStatusCode.OK)]
    [InlineData("application/json", "own", "same-origin", HttpStatusCode.OK)]
    [InlineData("application/json", "http://127.0.0.1:1", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("application/json", "https://evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", "null", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", null, "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("text/plain", null, null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", "own", "same-origin", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, null, null, HttpStatusCode.UnsupportedMediaType)]
    public async Task A_change_is_made_only_as_JSON_and_from_no_other_origin(string? type, string? origin, string? site, HttpStatusCode expected)
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");
        using var call = new HttpRequestMessage(HttpMethod.Patch, "/api/clusters/web/destinations/a") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"state":"down"}""")) };
        Add("Content-Type", type);
        Add("Origin", origin == "own" ? proxy.Addresses.Admin : origin);
        Add("Sec-Fetch-Site", site);

        using var answer = await proxy.Admin.SendAsync(call);

        Assert.Equal((expected, expected == HttpStatusCode.OK ? "Down" : "Active"), (answer.StatusCode, (await proxy.DescribeAsync("a")).GetProperty("state").GetString()));
        Assert.DoesNotContain(answer.Headers, field => field.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));

        void Add(string name, string? value)
        {
            if (value is not null && !call.Headers.TryAddWithoutValidation(name, value))
            {
                call.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    [Fact]
    public async Task What_changes_nothing_is_told_whoever_asks_but_no_page_of_another_origin_can_read_it()
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");
        using var call = new HttpRequestMessage(HttpMethod.Get, "/api/clusters") { Headers = { { "Origin", "https://evil.example" }, { "Sec-Fetch-Site", "cross-site" } } };

        using var answer = await proxy.Admin.SendAsync(call);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, field => field.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }
}
