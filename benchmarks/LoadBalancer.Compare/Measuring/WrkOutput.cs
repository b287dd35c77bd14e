using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadBalancer.Compare.Measuring;

/// <summary>Reads what <c>wrk --latency</c> prints.</summary>
internal static partial class WrkOutput
{
    /// <summary>Reads the output of one run.</summary>
    /// <exception cref="FormatException">It is not the output of a whole run.</exception>
    public static LoadReport Parse(string output) => new(
        Requests: (long)Number(output, Requests()),
        RequestsPerSecond: Number(output, PerSecond()),
        P50: Percentile(output, "50%"),
        P99: Percentile(output, "99%"),
        Errors: Sum(SocketErrors().Match(output)) + Sum(BadStatuses().Match(output)));

    private static double Number(string output, Regex line) =>
        line.Match(output) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw NotWhole(output);

    private static TimeSpan Percentile(string output, string percent)
    {
        foreach (Match match in Percentiles().Matches(output))
        {
            if (match.Groups["percent"].Value == percent)
            {
                return double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * Unit(match.Groups["unit"].Value);
            }
        }

        throw NotWhole(output);
    }

    private static TimeSpan Unit(string unit) => unit switch
    {
        "us" => TimeSpan.FromMicroseconds(1),
        "ms" => TimeSpan.FromMilliseconds(1),
        "s" => TimeSpan.FromSeconds(1),
        "m" => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromHours(1),
    };

    // wrk says nothing where there were no errors.
    private static long Sum(Match match) =>
        match.Groups.Values.Skip(1).Where(group => group.Success).Sum(group => long.Parse(group.Value, CultureInfo.InvariantCulture));

    private static FormatException NotWhole(string output) => new($"wrk did not run to its end. It said:\n{output}");

    [GeneratedRegex(@"^\s*(\d+) requests in ", RegexOptions.Multiline)]
    private static partial Regex Requests();

    [GeneratedRegex(@"^Requests/sec:\s*([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"^\s*(?<percent>[\d.]+%)\s+(?<number>[\d.]+)(?<unit>us|ms|s|m|h)\s*$", RegexOptions.Multiline)]
    private static partial Regex Percentiles();

    [GeneratedRegex(@"^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", RegexOptions.Multiline)]
    private static partial Regex SocketErrors();

    [GeneratedRegex(@"^\s*Non-2xx or 3xx responses: (\d+)", RegexOptions.Multiline)]
    private static partial Regex BadStatuses();
}

/// <summary>What the load generator saw.</summary>
/// <param name="Requests">How many requests were answered.</param>
/// <param name="RequestsPerSecond">How many in a second.</param>
/// <param name="P50">The median of the latencies.</param>
/// <param name="P99">The latency that one answer in a hundred exceeded.</param>
/// <param name="Errors">How many connections failed, requests timed out and answers had a status that is none of success.</param>
internal sealed record LoadReport(long Requests, double RequestsPerSecond, TimeSpan P50, TimeSpan P99, long Errors)
{
    /// <summary>By how much the proxy has grown, in MiB, over as many connections as <see cref="Grown"/> says.</summary>
    public double GrowthMegabytes { get; init; }

    /// <summary>How many connections it has grown by; 0 where that is not what was looked at.</summary>
    public int Grown { get; init; }

    /// <summary>How long after its start the proxy answered for the first time; zero where that is not what was looked at.</summary>
    public TimeSpan FirstAnswer { get; init; }

    /// <summary>The resident memory of the proxy after its first answer, in MiB.</summary>
    public double MegabytesAtFirst { get; init; }
}
