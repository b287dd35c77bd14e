using YamlDotNet.RepresentationModel;

namespace LoadBalancer.Samples.Tests;

/// <summary>The Kubernetes objects of <c>deploy/kubernetes</c>.</summary>
internal sealed class Manifests
{
    private Manifests(IReadOnlyList<YamlNode> objects)
    {
        Objects = objects;
    }

    public IReadOnlyList<YamlNode> Objects { get; }

    /// <summary>The Deployment and the StatefulSet.</summary>
    public IEnumerable<YamlNode> Workloads => Objects.Where(one => one.Text("kind") is "Deployment" or "StatefulSet");

    public static Manifests Load() => new(
    [
        .. Directory.EnumerateFiles(Repository.PathOf("deploy/kubernetes"), "*.yaml").Order(StringComparer.Ordinal).SelectMany(file =>
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(File.ReadAllText(file)));
            return stream.Documents.Select(document => document.RootNode);
        }),
    ]);

    public YamlNode Find(string kind, string name) => Objects.Single(one => one.Text("kind") == kind && one.Text("metadata", "name") == name);
}

internal static class YamlExtensions
{
    /// <summary>The text at the end of a path of keys; fails the test when there is none.</summary>
    public static string Text(this YamlNode node, params string[] path) => ((YamlScalarNode)node.At(path)).Value!;

    public static IEnumerable<YamlNode> Items(this YamlNode node, params string[] path) => ((YamlSequenceNode)node.At(path)).Children;

    public static YamlNode At(this YamlNode node, params string[] path) => path.Aggregate(node, (at, key) => at[key]);

    public static YamlNode? Find(this YamlNode node, params string[] path) =>
        path.Aggregate((YamlNode?)node, (at, key) => at is YamlMappingNode map && map.Children.TryGetValue(key, out var child) ? child : null);

    /// <summary>The one container of a workload's pods.</summary>
    public static YamlNode Container(this YamlNode workload) => workload.Items("spec", "template", "spec", "containers").Single();

    /// <summary>The number of a container's port, by its name.</summary>
    public static string Port(this YamlNode container, string name) =>
        container.Items("ports").Single(port => port.Text("name") == name).Text("containerPort");
}
