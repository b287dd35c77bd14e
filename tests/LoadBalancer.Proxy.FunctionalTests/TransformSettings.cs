using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Settings with transforms, in short.</summary>
internal static class TransformSettings
{
    /// <summary>The settings of a route <c>r</c> to the cluster <c>web</c>.</summary>
    /// <param name="match">The path that it takes.</param>
    /// <param name="transforms">Its transforms, as <see cref="TransformText"/>.</param>
    public static Dictionary<string, string?> Of(string match, string transforms)
    {
        var settings = new Dictionary<string, string?> { ["Routes:r:ClusterId"] = "web", ["Routes:r:Match:Path"] = match };
        var read = TransformText.Read(transforms);
        for (var i = 0; i < read.Count; i++)
        {
            foreach (var (key, value) in read[i])
            {
                settings[$"Routes:r:Transforms:{i}:{key}"] = value;
            }
        }

        return settings;
    }
}
