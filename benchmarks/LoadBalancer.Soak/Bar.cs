using System.Globalization;

namespace LoadBalancer.Soak;

/// <summary>Something that was claimed, and whether it was so.</summary>
/// <param name="Claim">What was claimed.</param>
/// <param name="Measured">What was seen.</param>
/// <param name="Holds">Whether it was so.</param>
internal sealed record Bar(string Claim, string Measured, bool Holds)
{
    /// <summary>A claim that a figure is at most so large. One that was not measured does not hold.</summary>
    public static Bar AtMost(string claim, double? measured, double most, string unit = "") =>
        new(string.Create(CultureInfo.InvariantCulture, $"{claim} <= {most:0.###}{unit}"), measured is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.###}{unit}") : "never", measured <= most);

    /// <inheritdoc />
    public override string ToString() => $"{(Holds ? "holds" : "DOES NOT HOLD")}: {Claim}: {Measured}";
}
