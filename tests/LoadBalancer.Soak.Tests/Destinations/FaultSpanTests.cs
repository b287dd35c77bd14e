using LoadBalancer.Soak.Destinations;

namespace LoadBalancer.Soak.Tests.Destinations;

public sealed class FaultSpanTests
{
    private static readonly IReadOnlyList<FaultSpan> Schedule = FaultSpan.Schedule(TimeSpan.FromSeconds(60), destinations: 3, of: 3);

    [Fact]
    public void Each_destination_has_every_fault_once() =>
        Assert.Equal(3 * Enum.GetValues<Fault>().Length, Schedule.Select(span => (span.Destination, span.Fault)).Distinct().Count());

    [Fact]
    public void One_destination_at_a_time_has_a_fault() =>
        Assert.All(Schedule.Zip(Schedule.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));

    [Fact]
    public void The_faults_of_one_destination_take_as_long_as_with_the_others() =>
        Assert.Equal(Schedule.Take(6), FaultSpan.Schedule(TimeSpan.FromSeconds(60), destinations: 1, of: 3));

    [Fact]
    public void A_round_ends_with_time_to_come_back() => Assert.InRange(Schedule[^1].To, TimeSpan.FromSeconds(58), TimeSpan.FromSeconds(59));
}
