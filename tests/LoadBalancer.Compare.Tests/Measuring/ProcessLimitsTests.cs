using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class ProcessLimitsTests
{
    private const string Limits = """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             63475                63476                processes
        Max open files            1024                 20000                files
        Max locked memory         8388608              8388608              bytes
        """;

    [Fact]
    public void The_hard_limit_counts() => Assert.Equal(20_000, ProcessLimits.MostOpenFiles(Limits));

    [Theory]
    [InlineData("")]
    [InlineData("Max open files            unlimited            unlimited            files")]
    public void Where_there_is_none_everything_goes(string limits) => Assert.Equal(int.MaxValue, ProcessLimits.MostOpenFiles(limits));
}
