using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(1994, 11, 6, 8, 49, 7, TimeSpan.Zero);

    [Theory]
    [InlineData("30", 30)]
    [InlineData(" 30 ", 30)]
    [InlineData("0", 0)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 30)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 30)]
    [InlineData("Sun Nov  6 08:49:37 1994", 30)]
    [InlineData("Sun, 06 Nov 1994 08:48:37 GMT", 0)]
    [InlineData("", 0)]
    [InlineData("soon", 0)]
    [InlineData("-1", 0)]
    [InlineData("1.5", 0)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 CET", 0)]
    public void Seconds_and_dates_are_read(string value, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds).Ticks, RetryAfter.Parse(value, Now));

    [Fact]
    public void More_seconds_than_can_be_counted_are_for_ever() => Assert.Equal(long.MaxValue, RetryAfter.Parse("99999999999999999999", Now));

    [Fact]
    public void It_is_meant_by_two_statuses_only() => Assert.Equal([429, 503], Enumerable.Range(100, 500).Where(RetryAfter.IsMeantBy));
}
