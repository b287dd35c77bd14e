using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Testing;

/// <summary>
/// Disposes meters that nobody else would: each Kestrel server that is made without a container has one of its own. A process has few such servers,
/// but test programs have thousands, one after the other, and every <see cref="MeterListener"/> that starts looks at all instruments there are.
/// </summary>
internal static class OrphanMeters
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    // Those of containers have the container's factory for their scope, and these one of Kestrel's own.
    private static readonly MeterListener Listener = new()
    {
        InstrumentPublished = static (instrument, _) =>
        {
            if (instrument.Meter is { Name: Kestrel, Scope: { } factory } && factory.GetType().Assembly == typeof(KestrelServer).Assembly)
            {
                instrument.Meter.Dispose();
            }
        },
    };

    /// <summary>Disposes them from now on.</summary>
    public static void Watch() => Listener.Start();
}
