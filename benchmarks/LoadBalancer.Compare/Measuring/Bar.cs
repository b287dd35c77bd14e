using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadBalancer.Compare.Measuring;

/// <summary>How much CPU time a request may cost in a scenario, as a ratio to a peer.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Proxy">Whose CPU time it is.</param>
/// <param name="Peer">Whose it is divided by.</param>
/// <param name="Value">The ratio that the median may have at most.</param>
internal sealed partial record Bar(string Scenario, string Proxy, string Peer, double Value)
{
    /// <summary>How a bar is written.</summary>
    public const string Form = "scenario:proxy/peer=ratio, as in small:kestrel/nginx=0.90";

    // One lucky start in five must not carry a goal.
    private const double MostAbove = 0.10;

    /// <summary>Reads a bar as it is written on the command line, or gives null.</summary>
    public static Bar? TryParse(string text) =>
        Written().Match(text) is { Success: true } match && double.TryParse(match.Groups["value"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? new(match.Groups["scenario"].Value, match.Groups["proxy"].Value, match.Groups["peer"].Value, value)
            : null;

    /// <summary>Whether the bar holds: the median is at or under it, and the upper quartile no more than 0.10 above it. What was not measured does not hold.</summary>
    public bool Holds(Spread? ratio) => ratio is { } measured && measured.Median <= Value && measured.Upper <= Value + MostAbove;

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Scenario}:{Proxy}/{Peer} <= {Value:0.00}");

    [GeneratedRegex(@"^(?<scenario>[\w-]+):(?<proxy>[\w-]+)/(?<peer>[\w-]+)=(?<value>[\d.]+)$")]
    private static partial Regex Written();
}
