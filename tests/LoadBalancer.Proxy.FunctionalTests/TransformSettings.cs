namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Settings with transforms, in short.</summary>
internal static class TransformSettings
{
    /// <summary>The settings of a route <c>r</c> to the cluster <c>web</c>.</summary>
    /// <param name="match">The path that it takes.</param>
    /// <param name="transforms">Its transforms as <c>Name=value,Parameter=value;Name=value</c>, in which what is no pair goes on with the value before it.</param>
    public static Dictionary<string, string?> Of(string match, string transforms)
    {
        var settings = new Dictionary<string, string?> { ["Routes:r:ClusterId"] = "web", ["Routes:r:Match:Path"] = match };
        var (index, last) = (-1, "");
        foreach (var transform in transforms.Split(';'))
        {
            index += transform.Contains('=', StringComparison.Ordinal) ? 1 : 0;
            foreach (var part in transform.Split(','))
            {
                if (part.Split('=') is [var key, var value])
                {
                    last = $"Routes:r:Transforms:{index}:{key}";
                    settings[last] = value;
                }
                else
                {
                    settings[last] += (transform.Contains('=', StringComparison.Ordinal) ? "," : ";") + part;
                }
            }
        }

        return settings;
    }
}
