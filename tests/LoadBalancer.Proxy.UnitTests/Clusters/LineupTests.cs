using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class LineupTests
{
    private const DestinationFlags Sick = DestinationFlags.Unhealthy;

    [Theory]
    [InlineData("a:0 b:0 c:1", "a b", "c")]
    [InlineData("a:2 b:0 c:1", "b", "c a")]
    [InlineData("a:5 b:5", "a b", "")]
    [InlineData("a:0- b:0 c:1", "b", "c")]
    [InlineData("a:0- b:0- c:1", "c", "")]
    [InlineData("a:0- b:0- c:0 d:1 e:2", "c d", "e")]
    [InlineData("a:0- b:1- c:2", "c", "")]
    [InlineData("a:0- b:1 c:1- d:2", "b", "d")]
    [InlineData("a:0- b:0- c:0- d:1", "d", "")]
    [InlineData("a:0- b:1-", "", "")]
    public void The_best_priority_serves_and_the_next_when_less_than_half_of_it_is_available(string members, string candidates, string reserve) =>
        Assert.Equal((candidates, reserve), Of(new ClusterOptions(), members));

    // Those in capitals are in another zone than the proxy.
    [Theory]
    [InlineData("a:0 b:0 X:0 Y:0", "a b", "X Y")]
    [InlineData("X:0 Y:0", "X Y", "")]
    [InlineData("a:0- b:0- X:0 Y:0", "X Y", "")]
    [InlineData("a:0- b:0- X:0- Y:0", "Y", "")]
    [InlineData("a:0 b:0? X:0", "a X", "b")]
    [InlineData("a:0 b:0D X:0", "a", "X")]
    [InlineData("a:0 b:0*0 X:0", "a", "X")]
    [InlineData("a:0 X:0 c:1 Y:1", "a", "X c Y")]
    [InlineData("a:0 X:0 Y:1 c:1", "a", "X c Y")]
    [InlineData("a:0- X:0 c:1 Y:1", "X", "c Y")]
    [InlineData("a:0- X:0- c:1 Y:1", "c Y", "")]
    [InlineData("X:0? b:0? c:0 Y:0", "c Y", "b X")]
    public void The_own_zone_serves_alone_as_long_as_enough_of_it_is_available(string members, string candidates, string reserve) =>
        Assert.Equal((candidates, reserve), Of(new ClusterOptions(), members));

    [Theory]
    [InlineData(0.7, "a:0 b:0- X:0 Y:0", 0.2)]
    [InlineData(0.5, "a:0 b:0- X:0 Y:0", 0)]
    [InlineData(0.51, "a:0 b:0- X:0", 0.02)]
    [InlineData(0, "a:0 b:0- c:0- d:0- X:0", 0)]
    [InlineData(1, "a:0 b:0 X:0", 0)]
    [InlineData(1, "a:0 b:0 c:0 d:0- X:0", 1)]
    [InlineData(1, "a:0 b:0- c:0- d:0- X:0", 3)]
    [InlineData(1, "a:0 b:0- X:0- Y:0", 1)]
    [InlineData(0.7, "a:0- b:0- X:0", 1)]
    [InlineData(0.7, "a:0 b:0-", 1)]
    public void Where_too_little_of_the_own_zone_is_available_others_get_what_is_too_much_for_it(double threshold, string members, double weightElsewhere) =>
        Assert.Equal(weightElsewhere, Lineup(new ClusterOptions { ZonePreference = new() { Threshold = threshold } }, members).WeightElsewhere, tolerance: 1e-9);

    [Fact]
    public void Zones_do_not_count_where_none_is_preferred() =>
        Assert.Equal(("a X", ""), Of(new ClusterOptions { ZonePreference = new() { Enabled = false } }, "a:0 X:0"));

    // It goes by no weights: with others among them, the first by name might have everything.
    [Theory]
    [InlineData("b:0- c:0 X:0", "c", "X")]
    [InlineData("b:0- c:0- X:0", "X", "")]
    public void FirstAlphabetical_leaves_the_own_zone_when_nobody_is_left_there(string members, string candidates, string reserve) =>
        Assert.Equal((candidates, reserve), Of(new ClusterOptions { LoadBalancingPolicy = LoadBalancingPolicy.FirstAlphabetical }, members));

    [Fact]
    public void In_a_panic_the_own_zone_has_everyone_that_it_has() =>
        Assert.Equal(("a b c", "X"), Of(new ClusterOptions { Panic = new() { Threshold = 0.5 } }, "a:0- b:0- c:0- X:0"));

    [Theory]
    [InlineData(0, "a:0- b:0- c:0 d:1", "c")]
    [InlineData(0, "a:0- b:0- c:0- d:1", "d")]
    [InlineData(0.3, "a:0- b:0- c:0 d:1", "c")]
    [InlineData(0.34, "a:0- b:0- c:0 d:1", "c d")]
    [InlineData(1, "a:0 b:0 c:0 d:1", "a b c")]
    [InlineData(1, "a:0- b:0 c:0 d:1", "b c d")]
    public void The_threshold_says_how_many_are_enough(double threshold, string members, string candidates) =>
        Assert.Equal(candidates, Of(new ClusterOptions { PriorityThreshold = threshold }, members).Candidates);

    [Theory]
    [InlineData("a:0*0 b:0", "b")]
    [InlineData("a:0*0 b:0*0", "")]
    [InlineData("a:0*0 b:1", "b")]
    public void One_of_weight_0_gets_no_new_requests_and_is_not_missed(string members, string candidates) => Assert.Equal((candidates, ""), Of(new ClusterOptions(), members));

    [Theory]
    [InlineData("a:0d b:0d c:1", "c")]
    [InlineData("a:0D b:0 c:1", "b")]
    public void One_that_the_operator_has_taken_out_is_not_missed(string members, string candidates) =>
        Assert.Equal(candidates, Of(new ClusterOptions { PriorityThreshold = 1 }, members).Candidates);

    [Theory]
    [InlineData("a:0? b:0", "b", "a")]
    [InlineData("a:0? b:0?", "a b", "")]
    [InlineData("a:0? b:1", "b", "a")]
    [InlineData("a:0? b:1?", "a", "b")]
    [InlineData("a:0 b:1 c:0?", "a", "b c")]
    [InlineData("a:1? b:0? c:0 d:1", "c", "d b a")]
    public void Who_is_suspect_comes_last_of_all(string members, string candidates, string reserve) => Assert.Equal((candidates, reserve), Of(new ClusterOptions(), members));

    [Theory]
    [InlineData(0.5, "a:0- b:0- c:0", "a b c")]
    [InlineData(0.5, "a:0- b:0- c:0-", "a b c")]
    [InlineData(0.5, "a:0- b:0 c:0", "b c")]
    [InlineData(0.5, "a:0- b:0", "b")]
    [InlineData(1, "a:0- b:0", "a b")]
    [InlineData(0, "a:0- b:0-", "")]
    [InlineData(0.5, "a:0e b:0e c:0", "a b c")]
    [InlineData(0.5, "a:0o b:0o c:0", "c")]
    [InlineData(0.5, "a:0d b:0- c:0-", "b c")]
    [InlineData(0.5, "a:0D b:0 c:0*0", "b")]
    [InlineData(0.5, "a:0-? b:0-", "b")]
    public void In_a_panic_what_checks_and_traffic_say_is_ignored_and_nothing_else(double threshold, string members, string candidates) =>
        Assert.Equal(candidates, Of(new ClusterOptions { Panic = new() { Threshold = threshold } }, members).Candidates);

    [Theory]
    [InlineData("a:0- b:0- c:1", "c")]
    [InlineData("a:0- b:0- c:1-", "a b")]
    public void There_is_no_panic_as_long_as_there_are_backups(string members, string candidates) =>
        Assert.Equal(candidates, Of(new ClusterOptions { Panic = new() { Threshold = 0.5 } }, members).Candidates);

    [Fact]
    public void An_empty_cluster_has_nobody() => Assert.Equal(("", ""), Of(new ClusterOptions { Panic = new() { Threshold = 1 } }, ""));

    [Theory]
    [InlineData(0, "a:0 b:1", "Candidate Backup")]
    [InlineData(0, "a:0 b:0? c:1", "Candidate Suspect Backup")]
    [InlineData(0, "a:0? b:0?", "Candidate Candidate")]
    [InlineData(0, "a:0 X:0 Y:1 Z:0?", "Candidate Elsewhere Backup Suspect")]
    [InlineData(0, "a:0 b:0- X:0", "Candidate Unhealthy Candidate")]
    [InlineData(0, "a:0- b:0e c:0o d:0d e:0D f:0*0 g:0", "Unhealthy Ejected Open Draining Down Weightless Candidate")]
    [InlineData(0, "a:0-d b:0eD c:0-e d:0-*0", "Draining Down Ejected Unhealthy")]
    [InlineData(0.5, "a:0- b:0e c:0", "Candidate Candidate Candidate")]
    [InlineData(0.5, "a:0- b:0e c:0*0 d:0d", "Candidate Candidate Weightless Draining")]
    public void Each_member_is_told_where_it_stands_and_why(double panic, string members, string placements) =>
        Assert.Equal(placements, string.Join(' ', Lineup(new ClusterOptions { Panic = new() { Threshold = panic } }, members).Placements));

    // name:priority, the name in capitals where it is in another zone, then *weight, - for unhealthy, ? for suspect, e for ejected, o for an open circuit, d for draining, D for down.
    private static (string Candidates, string Reserve) Of(ClusterOptions options, string text)
    {
        var lineup = Lineup(options, text);
        return (Names(lineup.Candidates), Names(lineup.Reserve));

        string Names(List<int> places) => string.Join(' ', places.Select(place => text.Split(' ')[place][0]));
    }

    private static Lineup Lineup(ClusterOptions options, string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var members = Array.ConvertAll(parts, part => Make.Member(Make.Definition($"{part[0]}") with { Priority = part[2] - '0', IsElsewhere = char.IsAsciiLetterUpper(part[0]) }));
        var flags = Array.ConvertAll(parts, part => part[3..].Aggregate(DestinationFlags.None, (flags, letter) => flags | letter switch
        {
            '-' => Sick,
            '?' => DestinationFlags.Suspect,
            'e' => DestinationFlags.Ejected,
            'o' => DestinationFlags.Open,
            'd' => DestinationFlags.Draining,
            'D' => DestinationFlags.Down,
            _ => DestinationFlags.None,
        }));
        return Proxy.Clusters.Lineup.Of(options, members, flags, Array.ConvertAll(parts, part => part.EndsWith("*0", StringComparison.Ordinal) ? 0.0 : 1.0));
    }
}
