namespace LoadBalancer.Testing;

/// <summary>Transforms of a route in short: <c>Name=value,Parameter=value;Name=value</c>.</summary>
public static class TransformText
{
    /// <summary>The transforms. What is no pair goes on with the value before it, since values have commas and semicolons too.</summary>
    public static IReadOnlyList<Dictionary<string, string>> Read(string text)
    {
        var transforms = new List<Dictionary<string, string>>();
        var last = "";
        foreach (var transform in text.Split(';'))
        {
            var isNew = transform.Contains('=', StringComparison.Ordinal);
            if (isNew)
            {
                transforms.Add([]);
            }

            foreach (var part in transform.Split(','))
            {
                if (part.Split('=') is [var key, var value])
                {
                    transforms[^1][last = key] = value;
                }
                else
                {
                    transforms[^1][last] += (isNew ? "," : ";") + part;
                }
            }
        }

        return transforms;
    }
}
