using static LoadBalancer.Proxy.Http.FieldFate;

namespace LoadBalancer.Proxy.Http;

/// <summary>The fields that <c>Connection</c> names: they are for the next neighbour only (RFC 9110, 7.6.1).</summary>
internal readonly ref struct NamedByConnection
{
    private readonly ReadOnlySpan<char> _names;

    /// <param name="connection">The value of <c>Connection</c>, its lines joined with commas.</param>
    public NamedByConnection(ReadOnlySpan<char> connection)
    {
        foreach (var range in connection.Split(','))
        {
            var name = connection[range].Trim(" \t");
            if (!name.IsEmpty && !name.Equals("close", StringComparison.OrdinalIgnoreCase) && MayMatter(FieldTable.Of(name)))
            {
                _names = connection[range.Start..];
                return;
            }
        }
    }

    /// <summary>What becomes of a field of a request.</summary>
    public FieldFate InRequest(ReadOnlySpan<char> name)
    {
        var rule = FieldTable.Of(name);
        return rule.Request == Pass && Names(name, rule) ? Drop : rule.Request;
    }

    /// <inheritdoc cref="InRequest(ReadOnlySpan{char})" />
    /// <param name="name">The name.</param>
    /// <param name="rule">The rule for it.</param>
    public FieldFate InRequest(ReadOnlySpan<byte> name, FieldRule rule) => rule.Request == Pass && Names(name, rule) ? Drop : rule.Request;

    /// <inheritdoc cref="InAnswer(ReadOnlySpan{char})" />
    /// <param name="name">The name.</param>
    /// <param name="rule">The rule for it.</param>
    public FieldFate InAnswer(ReadOnlySpan<byte> name, FieldRule rule) => rule.Answer == Pass && Names(name, rule) ? Drop : rule.Answer;

    /// <summary>What becomes of a field after the body.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rule">The rule for it.</param>
    public FieldFate InTrailer(ReadOnlySpan<byte> name, FieldRule rule) => rule.Trailer == Pass && Names(name, rule) ? Drop : rule.Trailer;

    /// <summary>What becomes of a field of an answer.</summary>
    public FieldFate InAnswer(ReadOnlySpan<char> name)
    {
        var rule = FieldTable.Of(name);
        return rule.Answer == Pass && Names(name, rule) ? Drop : rule.Answer;
    }

    // Nearly always it names none but those that stay behind anyway; then there is nothing to compare the other fields with.
    private static bool MayMatter(FieldRule rule) => rule.CanBeNamed && (rule.Request == Pass || rule.Answer == Pass);

    private bool Names(ReadOnlySpan<byte> name, FieldRule rule) => !_names.IsEmpty && rule.CanBeNamed && FieldValues.HasItem(_names, name);

    private bool Names(ReadOnlySpan<char> name, FieldRule rule) => !_names.IsEmpty && rule.CanBeNamed && FieldValues.HasItem(_names, name);
}
