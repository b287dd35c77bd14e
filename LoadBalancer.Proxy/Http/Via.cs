namespace LoadBalancer.Proxy.Http;

/// <summary>The <c>Via</c> field, to which every intermediary adds itself (RFC 9110, 7.6.3).</summary>
internal static class Via
{
    /// <summary>The name that this proxy goes by in the field.</summary>
    public const string Pseudonym = "LoadBalancer";

    /// <summary>How often our pseudonym may stand in a request: a chain of load balancers is fine, a circle is not.</summary>
    public const int MostPasses = 10;

    /// <summary>What to add for a message received in this version, as ASP.NET Core names it: <c>HTTP/1.1</c>.</summary>
    public static string Entry(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1 " + Pseudonym,
        "HTTP/2" => "2.0 " + Pseudonym,
        "HTTP/3" => "3.0 " + Pseudonym,
        _ => "1.0 " + Pseudonym,
    };

    /// <summary>Whether a request with this field value has come by too often, and must be going in a circle.</summary>
    public static bool IsLoop(ReadOnlySpan<char> via)
    {
        var passes = 0;
        foreach (var range in via.Split(','))
        {
            if (via[range].TrimEnd(" \t").EndsWith(" " + Pseudonym, StringComparison.Ordinal) && ++passes >= MostPasses)
            {
                return true;
            }
        }

        return false;
    }
}
