using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class SettlingTests
{
    [Fact]
    public void What_costs_the_same_from_the_start_settles_after_three_more_slots() => Assert.Equal(4, SlotsUntilSettled(20, 20, 20, 20, 20));

    [Fact]
    public void What_goes_on_falling_does_not_settle() => Assert.Null(SlotsUntilSettled(100, 90, 80, 70, 60, 50));

    [Fact]
    public void What_has_fallen_settles_three_slots_after_its_last_gain() => Assert.Equal(6, SlotsUntilSettled(100, 80, 60, 61, 59, 70, 60));

    [Fact]
    public void A_slow_slot_in_between_is_no_end() => Assert.Null(SlotsUntilSettled(100, 150, 140, 80, 90));

    private static int? SlotsUntilSettled(params double[] costs)
    {
        var settling = new Settling();
        for (var slot = 0; slot < costs.Length; slot++)
        {
            if (settling.Add(costs[slot]))
            {
                return slot + 1;
            }
        }

        return null;
    }
}
