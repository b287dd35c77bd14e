namespace LoadBalancer.Proxy.UnitTests;

/// <summary>Measures what work allocates on this thread, once it is warm.</summary>
internal static class Allocated
{
    /// <summary>The bytes that so many runs allocate, after a tenth as many that are not measured.</summary>
    public static long By(int runs, Action work)
    {
        for (var warmUp = 0; warmUp < runs / 10; warmUp++)
        {
            work();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var run = 0; run < runs; run++)
        {
            work();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
