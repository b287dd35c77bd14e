namespace LoadBalancer.Samples.Tests;

public sealed class ReadmeTests
{
    [Theory]
    [InlineData("coding-challenge")]
    [InlineData("red-blue")]
    [InlineData("two-servers-compose")]
    [InlineData("health-check-cli")]
    public async Task What_the_readme_says_comes_true(string sample)
    {
        Assert.SkipWhen(ReadmeRun.LacksFor(sample) is not null, ReadmeRun.LacksFor(sample) ?? "");
        await using var run = new ReadmeRun(sample);

        await run.RunAsync();
    }

    [Fact]
    public void Every_sample_is_listed() =>
        Assert.All(
            Directory.EnumerateDirectories(Repository.PathOf("samples")).Select(Path.GetFileName),
            folder => Assert.Contains($"({folder}/README.md)", Repository.Read("samples/README.md"), StringComparison.Ordinal));
}
