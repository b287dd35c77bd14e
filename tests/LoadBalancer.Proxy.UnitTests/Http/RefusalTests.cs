using System.Reflection;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class RefusalTests
{
    public static readonly TheoryData<string, int> Statuses = new()
    {
        { nameof(Refusal.BadRequest), 400 },
        { nameof(Refusal.Malformed), 400 },
        { nameof(Refusal.ClimbingPath), 400 },
        { nameof(Refusal.NoHost), 400 },
        { nameof(Refusal.UnfitPath), 400 },
        { nameof(Refusal.Unauthorized), 401 },
        { nameof(Refusal.Forbidden), 403 },
        { nameof(Refusal.NoRoute), 404 },
        { nameof(Refusal.MethodNotAllowed), 405 },
        { nameof(Refusal.ClientTooSlow), 408 },
        { nameof(Refusal.BodyTooLarge), 413 },
        { nameof(Refusal.TargetTooLong), 414 },
        { nameof(Refusal.TooManyRequests), 429 },
        { nameof(Refusal.HeadTooLarge), 431 },
        { nameof(Refusal.Defect), 500 },
        { nameof(Refusal.UnknownCoding), 501 },
        { nameof(Refusal.DestinationFailed), 502 },
        { nameof(Refusal.NoDestination), 503 },
        { nameof(Refusal.Overloaded), 503 },
        { nameof(Refusal.Busy), 503 },
        { nameof(Refusal.TooManyConnections), 503 },
        { nameof(Refusal.DestinationTooSlow), 504 },
        { nameof(Refusal.UnknownVersion), 505 },
        { nameof(Refusal.Loop), 508 },
    };

    public static readonly TheoryData<string> Names = [.. Fields().Select(field => field.Name)];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Each_has_its_status(string name, int status) => Assert.Equal(status, Named(name).Status);

    // The web server knows why a request could not be read: too large, too slow, malformed.
    [Theory]
    [InlineData(400, 400, "Bad request")]
    [InlineData(413, 413, "Content too large")]
    [InlineData(414, 414, "Bad request")]
    [InlineData(408, 408, "Request timeout")]
    [InlineData(200, 400, "Bad request")]
    [InlineData(502, 400, "Bad request")]
    public void A_request_that_could_not_be_read_keeps_the_status_of_the_web_server(int found, int status, string title) =>
        Assert.Equal((status, title), (Refusal.ForBadRequest(found).Status, Refusal.ForBadRequest(found).Title));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_refusal_is_in_the_table(string name) => Assert.Contains(Statuses, row => row.Data.Item1 == name);

    [Theory]
    [MemberData(nameof(Names))]
    public void None_names_an_address(string name)
    {
        var refusal = Named(name);

        Assert.DoesNotMatch(@"://|localhost|\d+\.\d+|:\d|\[|\{", $"{refusal.Title} {refusal.Detail}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Title_and_detail_are_there(string name) => Assert.Matches(@"^[A-Z].*[^.]\n[A-Z].*\.$", $"{Named(name).Title}\n{Named(name).Detail}");

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_when_there_is_no_room_now_it_makes_sense_to_ask_again_soon(string name) =>
        Assert.Equal(name is nameof(Refusal.NoDestination) or nameof(Refusal.Overloaded) or nameof(Refusal.Busy) or nameof(Refusal.TooManyConnections) or nameof(Refusal.TooManyRequests), Named(name).RetryAfter is not null);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10_000_000, 1)]
    [InlineData(10_000_001, 2)]
    [InlineData(864_000_000_000, 86_400)]
    public void The_time_to_wait_is_told_in_whole_seconds_rounded_up(long ticks, int seconds) => Assert.Equal(seconds, Refusal.TooManyRequests.After(ticks).RetryAfter);

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_what_is_about_the_method_names_those_allowed(string name) =>
        Assert.Equal(name == nameof(Refusal.MethodNotAllowed), Named(name).Allow is not null);

    [Fact]
    public void No_two_share_a_title() => Assert.Distinct(Fields().Select(field => Named(field.Name).Title));

    private static IEnumerable<FieldInfo> Fields() =>
        typeof(Refusal).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(Refusal));

    private static Refusal Named(string name) => (Refusal)typeof(Refusal).GetField(name)!.GetValue(null)!;
}
