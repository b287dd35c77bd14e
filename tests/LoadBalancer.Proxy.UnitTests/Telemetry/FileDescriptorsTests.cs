using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

public sealed class FileDescriptorsTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            9999999999           9999999999           files     ", int.MaxValue)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max open files", null)]
    [InlineData("Max processes             1024                 1024                 processes ", null)]
    public void The_limit_is_the_soft_one(string line, int? limit) =>
        Assert.Equal(limit, FileDescriptors.ParseLimit(["Limit                     Soft Limit           Hard Limit           Units     ", line]));

    [Fact]
    public void Those_of_this_process_are_within_its_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Both are known where Linux tells of them.");

        Assert.InRange(FileDescriptors.Count()!.Value, 3, FileDescriptors.Limit() ?? int.MaxValue);
    }
}
