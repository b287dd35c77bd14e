using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The least and the greatest value of an option. No value is in every range.</summary>
/// <remarks>It stands in for the platform's own, which reads spans of time by converters that it finds by reflection: slow at a start, and not to be had in a native program.</remarks>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RangeAttribute : ValidationAttribute
{
    /// <summary>A range of whole numbers.</summary>
    public RangeAttribute(int minimum, int maximum) => (Minimum, Maximum) = (minimum, maximum);

    /// <summary>A range of numbers.</summary>
    public RangeAttribute(double minimum, double maximum) => (Minimum, Maximum) = (minimum, maximum);

    /// <summary>A range of values that an attribute cannot have.</summary>
    /// <param name="type"><see cref="TimeSpan"/> or <see cref="long"/>.</param>
    public RangeAttribute(Type type, string minimum, string maximum) => (Minimum, Maximum) = (Read(type, minimum), Read(type, maximum));

    /// <summary>The least value, of the type of the option.</summary>
    public IComparable Minimum { get; }

    /// <summary>The greatest value, of the type of the option.</summary>
    public IComparable Maximum { get; }

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is null || (Minimum.CompareTo(value) <= 0 && Maximum.CompareTo(value) >= 0);

    private static IComparable Read(Type type, string text) =>
        type == typeof(TimeSpan) ? TimeSpan.Parse(text, CultureInfo.InvariantCulture)
        : type == typeof(long) ? long.Parse(text, CultureInfo.InvariantCulture)
        : throw new NotSupportedException($"There are no ranges of {type}.");
}
