using System.Globalization;
using System.Text.RegularExpressions;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>A free port for each port that a sample is written with, so that samples run beside each other and beside anything else.</summary>
internal sealed partial class PortMap
{
    private readonly Dictionary<string, string> _free = [];

    /// <summary>The free port for <paramref name="written"/>, always the same one.</summary>
    public string this[string written]
    {
        get
        {
            if (!_free.TryGetValue(written, out var free))
            {
                _free[written] = free = FreePort.Next().ToString(CultureInfo.InvariantCulture);
            }

            return free;
        }
    }

    /// <summary>Notes every port that stands in <paramref name="text"/> in one of the ways that samples write them.</summary>
    public PortMap Learn(string text)
    {
        foreach (Match match in WrittenPort().Matches(text))
        {
            _ = this[match.Groups["port"].Value];
        }

        return this;
    }

    /// <summary>Replaces written ports by free ones.</summary>
    public string Apply(string text) => Replace(text, _free);

    /// <summary>Replaces free ports by the written ones, to compare what a program says with what the sample says.</summary>
    public string Undo(string text) => Replace(text, _free.ToDictionary(pair => pair.Value, pair => pair.Key));

    /// <summary>The variables of the form NAME_PORT that a script reads, with the free port for the default of each.</summary>
    public IEnumerable<KeyValuePair<string, string>> VariablesOf(string script) =>
        PortVariable().Matches(script).Select(match => new KeyValuePair<string, string>(match.Groups["name"].Value, this[match.Groups["port"].Value]));

    private static string Replace(string text, Dictionary<string, string> ports) =>
        ports.Count == 0 ? text : Regex.Replace(text, @"\b(" + string.Join('|', ports.Keys) + @")\b", match => ports[match.Value]);

    [GeneratedRegex(@"(?:localhost:|--port |\*:)(?<port>\d{4,5})\b")]
    private static partial Regex WrittenPort();

    [GeneratedRegex(@"\b(?<name>[A-Z0-9]+_PORT)\W+(?<port>\d{4,5})\b")]
    private static partial Regex PortVariable();
}
