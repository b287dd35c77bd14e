using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Which fields of a message a route copies, of those that may go on at all. How a message is framed is always said.</summary>
internal sealed class CopiedFields
{
    private const string Length = "Content-Length";

    private bool _all = true;
    private HashSet<string> _only = [];

    /// <summary>Copies all of them or none.</summary>
    public void All(bool all) => _all = all;

    /// <summary>Copies none but these.</summary>
    /// <param name="names">The names, parted by semicolons.</param>
    public void Only(string names) => (_all, _only) = (false, new(TransformTable.ListOf(names), StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a field is copied.</summary>
    public bool Passes(string name) => _all || _only.Contains(name) || name.Equals(Length, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc cref="Passes(string)" />
    public bool Passes(ReadOnlySpan<byte> name)
    {
        if (_all || Ascii.EqualsIgnoreCase(name, Length))
        {
            return true;
        }

        foreach (var one in _only)
        {
            if (Ascii.EqualsIgnoreCase(name, one))
            {
                return true;
            }
        }

        return false;
    }
}
