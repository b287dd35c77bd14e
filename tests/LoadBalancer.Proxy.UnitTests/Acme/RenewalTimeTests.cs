using LoadBalancer.Proxy.Acme;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class RenewalTimeTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90, 0, 60)]
    [InlineData(90, 1, 57)]
    [InlineData(6, 0, 4)]
    [InlineData(6, 0.5, 3.9)]
    public void A_certificate_is_renewed_when_a_third_of_its_lifetime_is_left_or_somewhat_earlier(double days, double dice, double after) =>
        Assert.Equal(Begin + TimeSpan.FromDays(after), RenewalTime.Of(Begin, Begin + TimeSpan.FromDays(days), dice));

    [Theory]
    [InlineData(1, 0, 0, 1)]
    [InlineData(2, 0, 0, 3)]
    [InlineData(3, 0, 0, 9)]
    [InlineData(7, 0, 0, 720)]
    [InlineData(1000, 0, 0, 720)]
    [InlineData(2, 0, 1, 3.3)]
    [InlineData(1, 60, 0, 60)]
    public void Waits_grow_threefold_to_half_a_day_and_are_never_shorter_than_the_authority_asks(int failures, double asked, double dice, double minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), RenewalTime.WaitAfter(failures, TimeSpan.FromMinutes(asked), dice));
}
