using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>The platform's own providers say what the answers are.</summary>
public class KeyIndexTests
{
    [Theory]
    [InlineData]
    [InlineData("A")]
    [InlineData("A", "B:C", "B", "B:D:E")]
    [InlineData("B:C", "b:C:D", "b:c:e")]
    [InlineData("List:10", "List:9", "List:0", "List:x")]
    [InlineData("A::B", ":A", "A:", ":", "")]
    public void ChildrenAreThoseThatThePlatformFinds(params string[] keys) => AssertSame(keys);

    [Fact]
    public void ChildrenOfRandomKeysAreThoseThatThePlatformFinds()
    {
        var random = new Random(20261127);
        string[] names = ["a", "A", "b", "ab", "10", "9", ""];
        for (var round = 0; round < 300; round++)
        {
            AssertSame([.. Enumerable.Range(0, random.Next(12)).Select(_ => string.Join(':', random.GetItems(names, random.Next(1, 5))))]);
        }
    }

    [Fact]
    public void KeysOfEarlierProvidersAreAmongTheChildren()
    {
        var configuration = new ConfigurationBuilder()
            .Add(new IndexedSettings(Settings("List:2", "List:0", "Other:x")))
            .Add(new IndexedSettings(Settings("List:10", "list:1", "LIST:2")))
            .Build();

        Assert.Equal(["0", "1", "2", "10"], configuration.GetSection("List").GetChildren().Select(child => child.Key));
        Assert.Equal(["x"], configuration.GetSection("Other").GetChildren().Select(child => child.Key));
    }

    [Fact]
    public void OfAKeyThatIsThereTwiceTheLaterValueCounts()
    {
        var configuration = new ConfigurationBuilder().Add(new IndexedSettings([new("A", "1"), new("a", "2")])).Build();

        Assert.Equal("2", configuration["A"]);
        Assert.Single(configuration.GetChildren());
    }

    private static void AssertSame(string[] keys)
    {
        var (index, platform) = (new KeyIndex(keys), new MemoryConfigurationProvider(new MemoryConfigurationSource()));
        foreach (var key in keys)
        {
            platform.Set(key, "x");
        }

        foreach (var section in keys.SelectMany(SectionsOf).Append("none").Append(null).Distinct())
        {
            Assert.Equal(
                platform.GetChildKeys([], section).Distinct(StringComparer.OrdinalIgnoreCase),
                index.Merge([], section).Distinct(StringComparer.OrdinalIgnoreCase),
                StringComparer.OrdinalIgnoreCase);
        }
    }

    private static IEnumerable<string> SectionsOf(string key)
    {
        for (string? section = key; section is not null; section = ConfigurationPath.GetParentPath(section))
        {
            yield return section;
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settings(params string[] keys) => keys.Select(key => KeyValuePair.Create(key, (string?)"x"));
}
