using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class ProblemWriterTests
{
    private static readonly Refusal Refused = new(503, "No destination", "None is there.", RetryAfter: 7);

    [Fact]
    public async Task The_body_is_problem_details()
    {
        var asking = new Asking();

        await ProblemWriter.WriteAsync(asking.Context, Refused, "web", "id-1");

        Assert.Equal(
            """{"type":"about:blank","title":"No destination","status":503,"detail":"None is there.","cluster":"web","requestId":"id-1"}""",
            asking.Answer);
    }

    [Fact]
    public async Task Without_a_cluster_none_is_named()
    {
        var asking = new Asking();

        await ProblemWriter.WriteAsync(asking.Context, Refused, null, "id-1");

        Assert.DoesNotContain("cluster", asking.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_head_says_status_type_length_and_id()
    {
        var asking = new Asking();

        await ProblemWriter.WriteAsync(asking.Context, Refused, "web", "id-1");

        Assert.Equal(
            (503, "application/problem+json", asking.Answer.Length, "id-1"),
            (asking.Response.StatusCode, asking.Response.ContentType, asking.Response.ContentLength, asking.Response.Headers["X-Request-Id"].ToString()));
    }

    [Theory]
    [InlineData(7, "7")]
    [InlineData(null, "")]
    public async Task When_to_ask_again_is_said_where_it_is_known(int? seconds, string retryAfter)
    {
        var asking = new Asking();

        await ProblemWriter.WriteAsync(asking.Context, Refused with { RetryAfter = seconds }, "web", "id-1");

        Assert.Equal(retryAfter, asking.Response.Headers.RetryAfter.ToString());
    }

    [Fact]
    public async Task The_allowed_methods_are_named_where_the_method_is_refused()
    {
        var asking = new Asking("TRACE");

        await ProblemWriter.WriteAsync(asking.Context, Refusal.MethodNotAllowed, null, "id-1");

        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", asking.Response.Headers.Allow.ToString());
    }

    [Fact]
    public async Task An_answer_to_HEAD_has_the_length_and_no_body()
    {
        var (head, get) = (new Asking("HEAD"), new Asking("GET"));

        await ProblemWriter.WriteAsync(head.Context, Refused, "web", "id-1");
        await ProblemWriter.WriteAsync(get.Context, Refused, "web", "id-1");

        Assert.Equal(("", get.Response.ContentLength), (head.Answer, head.Response.ContentLength));
    }
}
