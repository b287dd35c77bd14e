using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Engines.Kestrel;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class HeaderTransformerRequestTests
{
    [Theory]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("TE")]
    public async Task Fields_between_two_neighbours_stay_behind(string name)
    {
        var asking = new Asking();
        asking.Headers[name] = "x";

        Assert.Null(Field(await SendAsync(asking), name));
    }

    [Fact]
    public async Task Fields_that_Connection_names_stay_behind()
    {
        var asking = new Asking();
        (asking.Headers.Connection, asking.Headers["X-Private"], asking.Headers["X-Public"]) = ("X-Private", "1", "2");

        var sent = await SendAsync(asking);

        Assert.Equal((null, "2"), (Field(sent, "X-Private"), Field(sent, "X-Public")));
    }

    [Fact]
    public async Task Lines_of_one_name_keep_their_order()
    {
        var asking = new Asking();
        asking.Headers["X-Many"] = new[] { "c", "a", "b" };

        Assert.Equal("c|a|b", Field(await SendAsync(asking), "X-Many"));
    }

    [Fact]
    public async Task Fields_about_the_body_go_with_the_body()
    {
        var asking = new Asking("POST");
        (asking.Headers.ContentType, asking.Headers.ContentEncoding) = ("text/plain; charset=x", "br");

        var sent = await SendAsync(asking, new ByteArrayContent([]));

        Assert.Equal(("text/plain; charset=x", "br"), (sent.Content!.Headers.NonValidated["Content-Type"].ToString(), sent.Content.Headers.NonValidated["Content-Encoding"].ToString()));
    }

    [Fact]
    public async Task The_host_is_the_clients()
    {
        var asking = new Asking();
        asking.Headers.Host = "shop.example.com:8080";

        Assert.Equal("shop.example.com:8080", (await SendAsync(asking)).Headers.Host);
    }

    [Fact]
    public async Task The_host_is_the_destinations_where_the_configuration_names_one()
    {
        var asking = new Asking();
        asking.Headers.Host = "shop.example.com";

        Assert.Equal("inner", (await SendAsync(asking, member: Make.Member(Make.Definition("a") with { Host = "inner" }))).Headers.Host);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another")]
    public async Task The_id_is_that_of_the_exchange(string? sentByClient)
    {
        var asking = new Asking();
        asking.Headers["X-Request-Id"] = sentByClient;

        Assert.Equal("id-1", Field(await SendAsync(asking), "X-Request-Id"));
    }

    [Theory]
    [InlineData("HTTP/1.0", null, "1.0 LoadBalancer")]
    [InlineData("HTTP/1.1", "1.1 edge", "1.1 edge|1.1 LoadBalancer")]
    [InlineData("HTTP/2", "1.1 edge, 1.1 cdn", "1.1 edge, 1.1 cdn|2.0 LoadBalancer")]
    public async Task Via_gets_our_entry_at_its_end(string protocol, string? before, string after)
    {
        var asking = new Asking(protocol: protocol);
        asking.Headers.Via = before;

        Assert.Equal(after, Field(await SendAsync(asking), "Via"));
    }

    [Theory]
    [InlineData("10.0.0.9", null, "10.0.0.9")]
    [InlineData("10.0.0.9", "192.0.2.1", "192.0.2.1|10.0.0.9")]
    [InlineData("::ffff:10.0.0.9", null, "10.0.0.9")]
    [InlineData("2001:db8::1", null, "2001:db8::1")]
    public async Task The_clients_address_is_appended_to_those_before(string client, string? before, string after)
    {
        var asking = new Asking();
        asking.Context.Connection.RemoteIpAddress = IPAddress.Parse(client);
        asking.Headers["X-Forwarded-For"] = before;

        Assert.Equal(after, Field(await SendAsync(asking), "X-Forwarded-For"));
    }

    [Fact]
    public async Task What_the_client_claims_of_scheme_and_host_is_overwritten()
    {
        var asking = new Asking();
        (asking.Headers["X-Forwarded-Proto"], asking.Headers["X-Forwarded-Host"]) = ("https", "bank.example");

        var sent = await SendAsync(asking);

        Assert.Equal(("http", "www.example.com"), (Field(sent, "X-Forwarded-Proto"), Field(sent, "X-Forwarded-Host")));
    }

    [Theory]
    [InlineData("trailers", "trailers")]
    [InlineData("gzip, trailers;q=1", null)]
    [InlineData("gzip, trailers", "trailers")]
    [InlineData("gzip", null)]
    public async Task Of_TE_only_trailers_go_on(string te, string? sent)
    {
        var asking = new Asking();
        asking.Headers.TE = te;

        Assert.Equal(sent, Field(await SendAsync(asking), "TE"));
    }

    [Theory]
    [InlineData("OPTIONS", "5", "4")]
    [InlineData("GET", "5", "5")]
    [InlineData("OPTIONS", null, null)]
    public async Task Max_Forwards_counts_down_and_is_never_invented(string method, string? value, string? sent)
    {
        var asking = new Asking(method);
        asking.Headers["Max-Forwards"] = value;

        Assert.Equal(sent, Field(await SendAsync(asking), "Max-Forwards"));
    }

    [Fact]
    public async Task Without_a_span_the_clients_trace_context_goes_on()
    {
        var asking = new Asking();
        (asking.Headers.TraceParent, asking.Headers.TraceState) = ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1");

        var sent = await SendAsync(asking);

        Assert.Equal(("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1"), (Field(sent, "traceparent"), Field(sent, "tracestate")));
    }

    [Fact]
    public async Task With_a_span_the_trace_context_is_that_of_the_attempt()
    {
        var asking = new Asking();
        asking.Headers.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        using var attempt = new System.Diagnostics.Activity("attempt").Start();
        using var exchange = asking.Exchange();
        exchange.AttemptActivity = attempt;

        Assert.Equal(attempt.Id, Field(await SendAsync(asking, exchange: exchange), "traceparent"));
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b?c=d", "/a/b?c=d")]
    [InlineData("/a%2Fb%20c?x=%41&y", "/a%2Fb%20c?x=%41&y")]
    [InlineData("/a//b/../c/./d", "/a//b/../c/./d")]
    [InlineData("/a?b?c", "/a?b?c")]
    [InlineData("/a?", "/a?")]
    [InlineData("http://www.example.com/a?b", "/a?b")]
    [InlineData("http://www.example.com", "/")]
    [InlineData("http://www.example.com?b", "/?b")]
    [InlineData("http://www.example.com:8080/a/b", "/a/b")]
    public async Task Path_and_query_go_on_as_the_client_wrote_them(string target, string sent) =>
        Assert.Equal(sent, (await SendAsync(new Asking(target: target))).RequestUri!.PathAndQuery);

    [Theory]
    [InlineData("http://a:8081", "http://a:8081/x")]
    [InlineData("http://a:8081/prefix/", "http://a:8081/prefix/x")]
    public async Task The_path_is_under_the_address_of_the_destination(string address, string sent) =>
        Assert.Equal(sent, (await SendAsync(new Asking(target: "/x"), member: Make.Member("a", address))).RequestUri!.AbsoluteUri);

    private static async Task<HttpRequestMessage> SendAsync(Asking asking, HttpContent? content = null, Member? member = null, Exchange? exchange = null)
    {
        var destination = member ?? Make.Member("a");
        var message = new HttpRequestMessage { Content = content };
        var transformer = new HeaderTransformer(exchange ?? asking.Exchange(), destination, new RequestHead(), headTimeout: null, TimeProvider.System, CancellationToken.None);
        await transformer.TransformRequestAsync(asking.Context, message, destination.Destination.AddressPrefix, CancellationToken.None);
        return message;
    }

    // The lines of a field; null when it is not there.
    private static string? Field(HttpRequestMessage message, string name) =>
        message.Headers.NonValidated.TryGetValues(name, out var values) ? string.Join('|', values) : null;
}
