namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Texts in which no piece can be lost, doubled or moved without notice.</summary>
internal static class Text
{
    public static string OfLength(int length) => string.Create(length, 0, static (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (char)('0' + (i + i / 10 + i / 1000) % 75);
        }
    });
}
