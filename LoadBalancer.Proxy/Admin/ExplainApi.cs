using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>Says what would become of a request, and why.</summary>
internal static class ExplainApi
{
    private const string BodyMustBe =
        """The body must be {"url":"http://host/path"}, with "method":"GET", "headers":{"Name":"value"} and "client":"192.0.2.1" where they matter.""";

    /// <summary>Answers the call. It changes nothing.</summary>
    public static async Task<IResult> AnswerAsync(HttpRequest request, Router router, TimeProvider time)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, AdminJson.Default.ExplainBody, BodyMustBe, static _ => null);
        if (body is null)
        {
            return problem!;
        }

        var (asked, error) = ExplainRequest.Read(body);
        if (asked is null)
        {
            return JsonBody.Problem(StatusCodes.Status400BadRequest, error);
        }

        var explanation = Explanation.Of(router.Current, asked.Method, asked.Authority, asked.Target, asked.Scheme, asked, asked.Client, time.MonotonicTicks());
        return TypedResults.Json(ExplainViews.Describe(explanation), AdminJson.Default.ExplainView);
    }
}
