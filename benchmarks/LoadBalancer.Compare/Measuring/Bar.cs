using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadBalancer.Compare.Measuring;

/// <summary>What a figure of a proxy may be at most in a scenario: by itself, or as a ratio to that of a peer.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Proxy">Whose figure it is.</param>
/// <param name="Peer">Whose it is divided by; null for the figure itself.</param>
/// <param name="Value">What the median may be at most.</param>
internal sealed partial record Bar(string Scenario, string Proxy, string? Peer, double Value)
{
    /// <summary>How a bar is written.</summary>
    public const string Form = "scenario:proxy/peer=ratio, as in small:kestrel/nginx=0.90, or scenario.figure:proxy/peer=ratio or scenario.figure:proxy=value";

    // One lucky start in five must not carry a goal.
    private const double MostAbove = 0.10;

    /// <summary>What is judged; null for what the scenario is about.</summary>
    public Figure? Figure { get; init; }

    /// <summary>Reads a bar as it is written on the command line, or gives null.</summary>
    public static Bar? TryParse(string text)
    {
        if (Written().Match(text) is not { Success: true } match
            || !double.TryParse(match.Groups["value"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var (name, peer) = (match.Groups["figure"], match.Groups["peer"]);
        var figure = name.Success ? Figure.Find(name.Value) : null;

        // Without a peer a figure must be named: who forgets the peer of a ratio does not mean microseconds.
        return name.Success == figure is not null && (peer.Success || name.Success)
            ? new(match.Groups["scenario"].Value, match.Groups["proxy"].Value, peer.Success ? peer.Value : null, value) { Figure = figure }
            : null;
    }

    /// <summary>
    /// Whether the bar holds: the median is at or under it, and the upper quartile no more than 0.10 above it, or a tenth where it is no ratio.
    /// What was not measured does not hold.
    /// </summary>
    public bool Holds(Spread? measured) => measured is { } spread && spread.Median <= Value && spread.Upper <= Value + (Peer is null ? MostAbove * Value : MostAbove);

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scenario}{(Figure is null ? "" : $".{Figure.Name}")}:{Proxy}{(Peer is null ? "" : $"/{Peer}")} <= {Value:0.00##}");

    [GeneratedRegex(@"^(?<scenario>[\w-]+)(\.(?<figure>[\w-]+))?:(?<proxy>[\w-]+)(/(?<peer>[\w-]+))?=(?<value>[\d.]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Written();
}
