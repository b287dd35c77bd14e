using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.CommandLine;

namespace LoadBalancer.Proxy.UnitTests.CommandLine;

public sealed class OperatorTextsTests
{
    private static readonly DateTime Until = new(2026, 11, 8, 18, 20, 3, DateTimeKind.Utc);

    private static readonly DestinationView Plain = new(
        "a", "http://one:8081/", 1, null, 0, "Healthy", "Active", true, "", Until, null, null, null, null, null, 0, 0, 0, 0);

    [Fact]
    public void The_state_of_a_destination_names_what_stands_against_it()
    {
        (DestinationView Destination, string Expected)[] rows =
        [
            (Plain, "active"),
            (Plain with { State = "Draining" }, "draining"),
            (Plain with { EjectedUntil = Until }, "active, ejected until 18:20:03 utc"),
            (Plain with { LeavesAt = Until }, "active, no longer found, gone at 18:20:03 utc"),
            (Plain with { LeavesAt = Until, IsRemoved = true }, "active, removed, gone at 18:20:03 utc"),
            (Plain with { Breaker = "Closed" }, "active"),
            (Plain with { Breaker = "Open", BreakerUntil = Until }, "active, breaker open until 18:20:03 utc"),
            (Plain with { Breaker = "Open" }, "active, breaker open"),
            (Plain with { Breaker = "HalfOpen" }, "active, breaker half-open"),
            (Plain with { Breaker = "HalfOpen", EjectedUntil = Until }, "active, ejected until 18:20:03 utc, breaker half-open"),
        ];

        Assert.All(rows, row => Assert.Equal($"web/a: {row.Expected}, weight 1, 0 in flight", OperatorTexts.Describe("web", row.Destination)));
    }

    [Theory]
    [InlineData(200, "DESTINATION,ADDRESS,>WEIGHT,>PRIORITY,HEALTH,STATE,>IN FLIGHT,>REQUESTS,>FAILURES,>LATENCY MS")]
    [InlineData(100, "DESTINATION,>WEIGHT,>PRIORITY,HEALTH,STATE,>IN FLIGHT,>REQUESTS,>FAILURES,>LATENCY MS")]
    [InlineData(70, "DESTINATION,>WEIGHT,HEALTH,STATE,>IN FLIGHT,>REQUESTS")]
    [InlineData(10, "DESTINATION,HEALTH,STATE,>IN FLIGHT")]
    public void Where_there_is_little_room_the_table_has_the_columns_that_matter_most(int width, string columns) =>
        Assert.Equal(columns, string.Join(',', OperatorTexts.ColumnsWithin([OperatorTexts.CellsOf(Plain)], width, 3).Select(index => OperatorTexts.StatusColumns[index])));

    [Theory]
    [InlineData(null, " http://one:8081/ (zone eu-1a) ")]
    [InlineData("Kubernetes shop/web", " http://one:8081/ (Kubernetes shop/web, zone eu-1a) ")]
    public void A_destination_says_its_zone(string? source, string text) => Assert.Contains(
        text, OperatorTexts.Describe(new StateView(1, [new("web", "Random", 0, 0, 0, [Plain with { Source = source, Zone = "eu-1a" }])])), StringComparison.Ordinal);

    [Fact]
    public void A_destination_that_was_found_says_where() => Assert.Contains(
        " http://one:8081/ (DNS web:8081) ",
        OperatorTexts.Describe(new StateView(1, [new("web", "Random", 0, 0, 0, [Plain with { Source = "DNS web:8081" }])])),
        StringComparison.Ordinal);

    [Fact]
    public void A_cluster_says_what_it_refused_and_nothing_of_what_it_did_not()
    {
        (ClusterView Cluster, string Expected)[] rows =
        [
            (new("web", "Random", 0, 0, 0, []), "web (Random)"),
            (new("web", "Random", 3, 0, 0, []), "web (Random), 3 retries refused"),
            (new("web", "Random", 3, 2, 1, []), "web (Random), 3 retries refused, 2 requests shed, 1 waiting"),
        ];

        Assert.All(rows, row => Assert.Equal(row.Expected, OperatorTexts.Describe(new StateView(1, [row.Cluster])).Split('\n')[0].TrimEnd()));
    }
}
