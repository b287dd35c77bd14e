using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class RequestFieldsTests
{
    [Fact]
    public void Of_the_fields_that_have_a_rule_only_those_go_on_as_they_came_that_pass()
    {
        var asking = new Asking("POST");
        foreach (var rule in FieldTable.All)
        {
            asking.Headers[rule.Name] = "as it came";
        }

        asking.Headers[":method"] = "as it came";
        (asking.Headers.Connection, asking.Headers.Host) = ("", "www.example.com");
        var sent = Send(asking, new ByteArrayContent([]));

        Assert.Equal(
            FieldTable.All.ToArray().Where(rule => rule.Request == FieldFate.Pass && rule.Name != "Host").Select(rule => rule.Name).Order(),
            sent.Headers.NonValidated.Concat(sent.Content!.Headers.NonValidated).Where(field => field.Value.Contains("as it came") && !IsAppendedTo(field.Key)).Select(field => field.Key).Order());
    }

    [Fact]
    public void Fields_that_Connection_names_stay_behind()
    {
        var asking = new Asking();
        (asking.Headers.Connection, asking.Headers["X-Private"], asking.Headers["X-Public"]) = ("X-Private", "1", "2");

        var sent = Send(asking);

        Assert.Equal((null, "2"), (Field(sent, "X-Private"), Field(sent, "X-Public")));
    }

    [Fact]
    public void Lines_of_one_name_keep_their_order()
    {
        var asking = new Asking();
        asking.Headers["X-Many"] = new[] { "c", "a", "b" };

        Assert.Equal("c|a|b", Field(Send(asking), "X-Many"));
    }

    [Fact]
    public void Fields_about_the_body_go_with_the_body()
    {
        var asking = new Asking("POST");
        (asking.Headers.ContentType, asking.Headers.ContentEncoding) = ("text/plain; charset=x", "br");

        var sent = Send(asking, new ByteArrayContent([]));

        Assert.Equal(("text/plain; charset=x", "br"), (sent.Content!.Headers.NonValidated["Content-Type"].ToString(), sent.Content.Headers.NonValidated["Content-Encoding"].ToString()));
    }

    [Fact]
    public void The_host_is_the_clients()
    {
        var asking = new Asking();
        asking.Headers.Host = "shop.example.com:8080";

        Assert.Equal("shop.example.com:8080", (Send(asking)).Headers.Host);
    }

    [Fact]
    public void The_host_is_the_destinations_where_the_configuration_names_one()
    {
        var asking = new Asking();
        asking.Headers.Host = "shop.example.com";

        Assert.Equal("inner", (Send(asking, member: Make.Member(Make.Definition("a") with { Host = "inner" }))).Headers.Host);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another")]
    public void The_id_is_that_of_the_exchange(string? sentByClient)
    {
        var asking = new Asking();
        asking.Headers["X-Request-Id"] = sentByClient;

        Assert.Equal("id-1", Field(Send(asking), "X-Request-Id"));
    }

    [Theory]
    [InlineData("HTTP/1.0", null, "1.0 LoadBalancer")]
    [InlineData("HTTP/1.1", "1.1 edge", "1.1 edge|1.1 LoadBalancer")]
    [InlineData("HTTP/2", "1.1 edge, 1.1 cdn", "1.1 edge, 1.1 cdn|2.0 LoadBalancer")]
    public void Via_gets_our_entry_at_its_end(string protocol, string? before, string after)
    {
        var asking = new Asking(protocol: protocol);
        asking.Headers.Via = before;

        Assert.Equal(after, Field(Send(asking), "Via"));
    }

    [Theory]
    [InlineData("10.0.0.9", null, "10.0.0.9")]
    [InlineData("10.0.0.9", "192.0.2.1", "10.0.0.9")]
    [InlineData("::ffff:10.0.0.9", null, "10.0.0.9")]
    [InlineData("2001:db8::1", null, "2001:db8::1")]
    public void The_clients_address_takes_the_place_of_those_that_it_claims(string client, string? before, string after)
    {
        var asking = new Asking();
        asking.Context.Connection.RemoteIpAddress = IPAddress.Parse(client);
        asking.Headers["X-Forwarded-For"] = before;

        Assert.Equal(after, Field(Send(asking), "X-Forwarded-For"));
    }

    [Fact]
    public void What_the_client_claims_of_scheme_and_host_is_overwritten()
    {
        var asking = new Asking();
        (asking.Headers["X-Forwarded-Proto"], asking.Headers["X-Forwarded-Host"]) = ("https", "bank.example");

        var sent = Send(asking);

        Assert.Equal(("http", "www.example.com"), (Field(sent, "X-Forwarded-Proto"), Field(sent, "X-Forwarded-Host")));
    }

    [Theory]
    [InlineData("trailers", "trailers")]
    [InlineData("gzip, trailers;q=1", null)]
    [InlineData("gzip, trailers", "trailers")]
    [InlineData("gzip", null)]
    public void Of_TE_only_trailers_go_on(string te, string? sent)
    {
        var asking = new Asking();
        asking.Headers.TE = te;

        Assert.Equal(sent, Field(Send(asking), "TE"));
    }

    [Theory]
    [InlineData("OPTIONS", "5", "4")]
    [InlineData("GET", "5", "5")]
    [InlineData("OPTIONS", null, null)]
    public void Max_Forwards_counts_down_and_is_never_invented(string method, string? value, string? sent)
    {
        var asking = new Asking(method);
        asking.Headers["Max-Forwards"] = value;

        Assert.Equal(sent, Field(Send(asking), "Max-Forwards"));
    }

    [Fact]
    public void Without_a_span_the_clients_trace_context_goes_on()
    {
        var asking = new Asking();
        (asking.Headers.TraceParent, asking.Headers.TraceState) = ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1");

        var sent = Send(asking);

        Assert.Equal(("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1"), (Field(sent, "traceparent"), Field(sent, "tracestate")));
    }

    [Fact]
    public void With_a_span_the_trace_context_is_that_of_the_attempt()
    {
        var asking = new Asking();
        asking.Headers.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        using var attempt = new System.Diagnostics.Activity("attempt").Start();

        Assert.Equal(attempt.Id, Field(Send(asking, attempt: attempt), "traceparent"));
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
    public void Path_and_query_go_on_as_the_client_wrote_them(string target, string sent) =>
        Assert.Equal(sent, (Send(new Asking(target: target))).RequestUri!.PathAndQuery);

    [Theory]
    [InlineData("http://a:8081", "http://a:8081/x")]
    [InlineData("http://a:8081/prefix/", "http://a:8081/prefix/x")]
    public void The_path_is_under_the_address_of_the_destination(string address, string sent) =>
        Assert.Equal(sent, (Send(new Asking(target: "/x"), member: Make.Member("a", address))).RequestUri!.AbsoluteUri);

    [Fact]
    public void A_further_attempt_has_the_fields_of_its_own_destination()
    {
        var asking = new Asking();
        asking.Headers.Host = "shop.example.com";
        var message = new HttpRequestMessage();
        RequestFields.Write(asking.Context, message, "id-1", TrustedProxies.None);
        message.Headers.TransferEncodingChunked = true;

        RequestFields.WriteAttempt(message, asking.Context.Request, Make.Member(Make.Definition("a") with { Host = "inner" }), null);
        var first = message.Headers.Host;
        RequestFields.WriteAttempt(message, asking.Context.Request, Make.Member("b"), null);

        Assert.Equal(("inner", "shop.example.com", null), (first, message.Headers.Host, message.Headers.TransferEncodingChunked));
    }

    [Fact]
    public void Fields_about_a_body_that_is_not_there_are_handed_back()
    {
        var asking = new Asking("DELETE");
        asking.Headers.ContentType = "text/plain";

        Assert.Equal("text/plain", RequestFields.Write(asking.Context, new HttpRequestMessage(), "id-1", TrustedProxies.None)!.Headers.NonValidated["Content-Type"].ToString());
    }

    private static HttpRequestMessage Send(Asking asking, HttpContent? content = null, Member? member = null, System.Diagnostics.Activity? attempt = null)
    {
        var destination = member ?? Make.Member("a");
        var message = new HttpRequestMessage { Content = content };
        RequestFields.Write(asking.Context, message, "id-1", TrustedProxies.None);
        message.RequestUri = new AttemptUri(destination.Destination.AddressPrefix + RequestTarget.OriginForm(asking.Context));
        RequestFields.WriteAttempt(message, asking.Context.Request, destination, attempt);
        return message;
    }

    private static bool IsAppendedTo(string name) => name is "Via" or "X-Forwarded-For" or "Max-Forwards" or "traceparent" or "tracestate";

    // The lines of a field; null when it is not there.
    private static string? Field(HttpRequestMessage message, string name) =>
        message.Headers.NonValidated.TryGetValues(name, out var values) ? string.Join('|', values) : null;
}
