using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A text with holes that are filled when the application runs.</summary>
public class ReferenceExpression : IManifestExpressionProvider, IValueProvider
{
    // Literals and value providers, in the order of the text.
    internal IReadOnlyList<object> Parts { get; }

    private ReferenceExpression(IReadOnlyList<object> parts) => Parts = parts;

    /// <summary>The text with manifest expressions in its holes.</summary>
    public string ValueExpression =>
        string.Concat(Parts.Select(part => part is IManifestExpressionProvider hole ? hole.ValueExpression : (string)part));

    /// <summary>Makes an expression of an interpolated string.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    /// <inheritdoc />
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var part in Parts)
        {
            text.Append(part is IValueProvider hole ? await hole.GetValueAsync(cancellationToken) : (string)part);
        }
        return text.ToString();
    }

    /// <summary>Takes the pieces of an interpolated string from the compiler.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler
    {
        /// <summary>Called by the compiler.</summary>
        /// <param name="literalLength">Characters outside the holes.</param>
        /// <param name="formattedCount">Number of holes.</param>
        public ExpressionInterpolatedStringHandler(int literalLength, int formattedCount) => Parts = new List<object>(formattedCount * 2);

        internal List<object> Parts { get; }

        /// <summary>Adds text.</summary>
        public readonly void AppendLiteral(string value) => Parts.Add(value);

        /// <summary>Adds text from a hole.</summary>
        public readonly void AppendFormatted(string? value) => Parts.Add(value ?? "");

        /// <summary>Adds a value that is known later.</summary>
        public readonly void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => Parts.Add(valueProvider);
    }
}
