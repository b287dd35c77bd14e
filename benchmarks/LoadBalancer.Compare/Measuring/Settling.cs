namespace LoadBalancer.Compare.Measuring;

/// <summary>
/// Tells when a proxy is warm: once its cost has stopped to fall. A runtime that compiles while it runs needs from ten seconds to a minute for that,
/// where it has to share one CPU with the load.
/// </summary>
internal sealed class Settling
{
    // Less than that is noise.
    private const double Gain = 0.03;

    // How many slots in a row have to bring no gain.
    private const int Patience = 3;

    private double _least = double.PositiveInfinity;
    private int _without;

    /// <summary>Takes the cost of another slot.</summary>
    /// <returns>Whether it has settled.</returns>
    public bool Add(double cost)
    {
        _without = cost < _least * (1 - Gain) ? 0 : _without + 1;
        _least = Math.Min(_least, cost);
        return _without >= Patience;
    }
}
