using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class SpanTextTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("0.5d", 43_200_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0s", 0)]
    [InlineData("10S", 10_000)]
    [InlineData(" 10s ", 10_000)]
    [InlineData("00:00:05", 5_000)]
    [InlineData("00:00:00.250", 250)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void A_span_is_read(string text, double milliseconds)
    {
        Assert.True(SpanText.TryParse(text, out var span));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), span);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("ms")]
    [InlineData("-5s")]
    [InlineData("-00:00:05")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("10 seconds")]
    [InlineData("1w")]
    [InlineData("1d12h")]
    [InlineData("25:61:00")]
    [InlineData("99999999999999999999h")]
    public void What_is_no_span_is_refused(string text) => Assert.False(SpanText.TryParse(text, out _));

    [Theory]
    [InlineData("00:00:00", "0s")]
    [InlineData("00:00:00.250", "250ms")]
    [InlineData("00:01:30", "90s")]
    [InlineData("1.01:00:00", "25h")]
    [InlineData("1.00:00:00", "1d")]
    [InlineData("365.00:00:00", "365d")]
    [InlineData("00:00:00.0001", "00:00:00.0001000")]
    public void A_span_is_written_in_the_longest_unit_that_makes_it_whole(string span, string text) =>
        Assert.Equal(text, SpanText.Format(TimeSpan.ParseExact(span, ["c"], null)));
}
