namespace LoadBalancer.Compare.Measuring;

/// <summary>The middle of some figures and how far they scatter around it.</summary>
/// <param name="Lower">The lower quartile.</param>
/// <param name="Median">The median.</param>
/// <param name="Upper">The upper quartile.</param>
internal readonly record struct Spread(double Lower, double Median, double Upper)
{
    /// <summary>The spread of these figures; of one figure, that figure three times.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Spread Of(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return sorted.Length > 0
            ? new(Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75))
            : throw new ArgumentException("There are no figures.", nameof(figures));
    }

    // Type 7 of Hyndman and Fan (Sample Quantiles in Statistical Packages, 1996), as spreadsheets have it: of five figures the quartiles are the second and the fourth.
    private static double Quantile(double[] sorted, double fraction)
    {
        var position = fraction * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return double.Lerp(sorted[below], sorted[above], position - below);
    }
}
