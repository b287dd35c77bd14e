using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

public sealed partial class AccessLineTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.7");
    private static readonly Dictionary<string, Fields> Known = [];
    private static readonly DateTimeOffset Time = new(2026, 11, 8, 18, 19, 41, 497, TimeSpan.Zero);

    // What would end the line, the text, or the object, and bytes that are no text at all.
    public static TheoryData<string> Hostile =>
    [
        "/\"},{\"status\":200,\"x\":\"", "/\r\n127.0.0.1 - - [08/Nov/2026:18:19:41 +0000] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\"", "/\\", "/\\\"", "/\0\u0001\u001b[2J\u007f", "/\u0080\u00e9\u00ff", "/\t\v\f",
    ];

    [Fact]
    public void A_line_of_JSON_has_all_that_is_known() => Assert.Equal(
        """
        {"time":"2026-11-08T18:19:41.497Z","client":"192.0.2.7","user":"alice","method":"GET","host":"shop.example","target":"/a?b=c","protocol":"HTTP/1.1","status":200,"bytes":5,"route":"shop","cluster":"web","destination":"web1","attempts":2,"totalMs":12.345,"connectMs":0.100,"firstByteMs":11.000,"userAgent":"curl/8","referer":"http://a/","requestId":"id-1","outcome":"success"}

        """,
        Write(AccessLine.Json, "/a?b=c"));

    [Fact]
    public void A_line_of_the_combined_format_is_that_of_Apache_and_nginx() => Assert.Equal(
        "192.0.2.7 - alice [08/Nov/2026:18:19:41 +0000] \"GET /a?b=c HTTP/1.1\" 200 5 \"http://a/\" \"curl/8\"\n", Write(AccessLine.Combined, "/a?b=c"));

    [Theory]
    [InlineData(1, "Jan")]
    [InlineData(2, "Feb")]
    [InlineData(3, "Mar")]
    [InlineData(4, "Apr")]
    [InlineData(5, "May")]
    [InlineData(6, "Jun")]
    [InlineData(7, "Jul")]
    [InlineData(8, "Aug")]
    [InlineData(9, "Sep")]
    [InlineData(10, "Oct")]
    [InlineData(11, "Nov")]
    [InlineData(12, "Dec")]
    public void The_time_is_in_UTC_wherever_it_was_taken_and_months_have_the_names_that_Apache_gives_them(int month, string name)
    {
        var entry = Entry("/", "curl/8", "shop") with { Time = new DateTimeOffset(2026, month, 1, 1, 2, 3, 4, TimeSpan.FromHours(-5)) };

        Assert.Contains($" [01/{name}/2026:06:02:03 +0000] ", Line(AccessLine.Combined, entry), StringComparison.Ordinal);
        Assert.Contains($"\"time\":\"2026-{month:00}-01T06:02:03.004Z\"", Line(AccessLine.Json, entry), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_of_a_malformed_request_is_null_or_a_dash()
    {
        Assert.Equal("- - - [08/Nov/2026:18:19:41 +0000] \"-\" 400 0 \"-\" \"-\"\n", WriteMalformed(AccessLine.Combined));
        var line = JsonDocument.Parse(WriteMalformed(AccessLine.Json)).RootElement;
        Assert.All(
            ["client", "user", "method", "host", "target", "protocol", "route", "cluster", "destination", "connectMs", "firstByteMs", "userAgent", "referer"],
            key => Assert.Equal(JsonValueKind.Null, line.GetProperty(key).ValueKind));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nothing_that_a_client_sends_forges_JSON(string text)
    {
        var line = Write(AccessLine.Json, text, text);

        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        var parsed = JsonDocument.Parse(line).RootElement;
        Assert.Equal((text, text, text, 200), (parsed.GetProperty("target").GetString(), parsed.GetProperty("userAgent").GetString(), parsed.GetProperty("referer").GetString(), parsed.GetProperty("status").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nothing_that_a_client_sends_forges_a_combined_line(string text)
    {
        var line = Write(AccessLine.Combined, text, text);

        var match = CombinedLine().Match(line);
        Assert.True(match.Success, line);
        Assert.Equal((text, text), (Unescape(match.Groups["agent"].Value), Unescape(match.Groups["request"].Value)["GET ".Length..^" HTTP/1.1".Length]));
    }

    [Fact]
    public void Names_of_the_operator_may_be_of_any_script()
    {
        var line = Line(AccessLine.Json, Entry("/", "-", "straße-東"));

        Assert.Equal("straße-東", JsonDocument.Parse(line).RootElement.GetProperty("route").GetString());
    }

    [Fact]
    public void A_text_that_is_very_long_is_cut() =>
        Assert.Equal(LineWriter.MostText, JsonDocument.Parse(Write(AccessLine.Json, new string('\u00e9', 100_000))).RootElement.GetProperty("target").GetString()!.Length);

    [Fact]
    public void To_write_a_line_allocates_nothing() => Assert.Equal(0, Allocated.By(1000, () =>
    {
        var entry = Entry("/a\"b", "curl\u00e9", "shop");
        var line = new LineWriter();
        AccessLine.Json(ref line, entry);
        AccessLine.Combined(ref line, entry);
    }));

    private static string Write(AccessLine.Format format, string target, string agent = "curl/8") => Line(format, Entry(target, agent, "shop"));

    private static string WriteMalformed(AccessLine.Format format) => Line(format, new AccessEntry
    {
        Time = Time,
        Client = null,
        Method = default,
        Target = default,
        Host = default,
        Protocol = default,
        Fields = new Fields(null),
        RequestId = "id-1",
        Status = 400,
        Bytes = 0,
        Route = null,
        Cluster = null,
        Destination = null,
        Attempts = 0,
        Total = 10_000,
        Connect = null,
        FirstByte = null,
        Outcome = "refused",
    });

    private static string Line(AccessLine.Format format, AccessEntry entry)
    {
        var line = new LineWriter();
        format(ref line, entry);
        return Encoding.Latin1.GetString(line.Written);
    }

    private static AccessEntry Entry(string target, string agent, string route)
    {
        if (!Known.TryGetValue(agent, out var fields))
        {
            Known.Add(agent, fields = new Fields(agent));
        }

        return new AccessEntry
        {
            Time = Time,
            Client = Client,
            User = "alice",
            Method = "GET",
            Target = target,
            Host = "shop.example",
            Protocol = "HTTP/1.1",
            Fields = fields,
            RequestId = "id-1",
            Status = 200,
            Bytes = 5,
            Route = route,
            Cluster = "web",
            Destination = "web1",
            Attempts = 2,
            Total = 123_459,
            Connect = 1_000,
            FirstByte = 110_000,
            Outcome = "success",
        };
    }

    private static string Unescape(string text) => Escape().Replace(text, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString());

    [GeneratedRegex("""\A(?<client>\S+) - \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "(?<request>(?:[ !#-\[\]-~]|\\x[0-9A-F]{2})*)" \d{3} \d+ "(?:[ !#-\[\]-~]|\\x[0-9A-F]{2})*" "(?<agent>(?:[ !#-\[\]-~]|\\x[0-9A-F]{2})*)"\n\z""")]
    private static partial Regex CombinedLine();

    [GeneratedRegex(@"\\x([0-9A-F]{2})")]
    private static partial Regex Escape();

    private sealed class Fields(string? agent) : IFields
    {
        public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
        {
            value = line > 0 || agent is null ? default : name == "User-Agent" ? agent : agent == "curl/8" ? "http://a/" : agent;
            return !value.IsEmpty;
        }
    }
}
