using System.Collections;

namespace Aspire.Hosting;

/// <summary>Resources that serve the same, each at an address of its own, in the order of their turns.</summary>
/// <param name="name">What they have in common: the resources are called <c>name-1</c>, <c>name-2</c>, ...</param>
public sealed class Replicas<T>(string name, IReadOnlyList<IResourceBuilder<T>> resources) : IReadOnlyList<IResourceBuilder<T>>
    where T : IResource
{
    /// <summary>What they have in common; also the name of a cluster over them.</summary>
    public string Name { get; } = name;

    /// <inheritdoc />
    public int Count => resources.Count;

    /// <inheritdoc />
    public IResourceBuilder<T> this[int index] => resources[index];

    /// <inheritdoc />
    public IEnumerator<IResourceBuilder<T>> GetEnumerator() => resources.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
