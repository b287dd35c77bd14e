using System.Collections;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application that the host runs or refers to.</summary>
public interface IResource
{
    /// <summary>The name that users, references and logs know the resource by.</summary>
    string Name { get; }

    /// <summary>Everything that has been said about the resource, in the order it was said.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>One statement about a resource.</summary>
public interface IResourceAnnotation;

/// <summary>A resource that others can reach at an address.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that runs somewhere, and can be published to where it shall run.</summary>
public interface IComputeResource : IResource;

/// <summary>The annotations of one resource.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>The common part of all resources.</summary>
public abstract class Resource : IResource
{
    /// <summary>Makes a resource.</summary>
    /// <param name="name">Letters, digits and hyphens.</param>
    protected Resource(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <inheritdoc />
    public virtual string Name { get; }

    /// <inheritdoc />
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

/// <summary>A .NET project whose built program the host starts.</summary>
/// <param name="name">The name of the resource.</param>
public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithServiceDiscovery, IComputeResource;

/// <summary>The resources of an application, in the order they were added.</summary>
public interface IResourceCollection : IList<IResource>
{
    /// <summary>Finds a resource by its name, whatever the case of its letters.</summary>
    bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource);
}

/// <summary>What the host has been told to run.</summary>
/// <param name="resources">The resources.</param>
public class DistributedApplicationModel(IResourceCollection resources)
{
    /// <summary>All resources, in the order they were added.</summary>
    public IResourceCollection Resources { get; } = resources;
}

internal sealed class ResourceCollection : IResourceCollection
{
    private readonly List<IResource> _resources = [];

    public int Count => _resources.Count;

    public bool IsReadOnly => false;

    public IResource this[int index]
    {
        get => _resources[index];
        set => _resources[index] = value;
    }

    public bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource)
    {
        resource = _resources.Find(candidate => string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase));
        return resource is not null;
    }

    public void Add(IResource item) => _resources.Add(item);

    public void Clear() => _resources.Clear();

    public bool Contains(IResource item) => _resources.Contains(item);

    public void CopyTo(IResource[] array, int arrayIndex) => _resources.CopyTo(array, arrayIndex);

    public IEnumerator<IResource> GetEnumerator() => _resources.GetEnumerator();

    public int IndexOf(IResource item) => _resources.IndexOf(item);

    public void Insert(int index, IResource item) => _resources.Insert(index, item);

    public bool Remove(IResource item) => _resources.Remove(item);

    public void RemoveAt(int index) => _resources.RemoveAt(index);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
