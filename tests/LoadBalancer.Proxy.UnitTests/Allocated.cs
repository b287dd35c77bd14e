namespace LoadBalancer.Proxy.UnitTests;

/// <summary>Measures what work allocates on this thread, once it is warm.</summary>
internal static class Allocated
{
    // A collection that another test sets off counts what is left of this thread's piece of the heap as allocated.
    private const int Measurements = 5;

    /// <summary>The bytes that so many runs allocate, after a tenth as many that are not measured: the least of several measurements.</summary>
    public static long By(int runs, Action work)
    {
        Run(runs / 10, work);
        var least = long.MaxValue;
        for (var measurement = 0; measurement < Measurements && least > 0; measurement++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(runs, work);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Run(int runs, Action work)
    {
        for (var run = 0; run < runs; run++)
        {
            work();
        }
    }
}
