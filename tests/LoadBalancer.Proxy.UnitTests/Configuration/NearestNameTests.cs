using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class NearestNameTests
{
    private static readonly string[] Known = ["Interval", "Timeout", "Path"];

    [Theory]
    [InlineData("intervall", "unknown key; did you mean 'Interval'?")]
    [InlineData("Intreval", "unknown key; did you mean 'Interval'?")]
    [InlineData("TimeOut", "unknown key; did you mean 'Timeout'?")]
    [InlineData("Pth", "unknown key; did you mean 'Path'?")]
    [InlineData("Colour", "unknown key; known here: Interval, Timeout, Path")]
    public void The_nearest_name_is_named_when_it_is_near(string unknown, string explanation) => Assert.Equal(explanation, NearestName.Explain(unknown, Known));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ABC", "abc", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "abcd", 1)]
    [InlineData("abc", "bc", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_letters_added_removed_changed_or_swapped(string from, string to, int distance) => Assert.Equal(distance, NearestName.Distance(from, to));
}
