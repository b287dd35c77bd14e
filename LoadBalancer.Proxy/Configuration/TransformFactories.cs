using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>YARP's own factories of transforms: they check what the operator wrote, and make of it what the engine runs.</summary>
/// <remarks>
/// They are asked one by one rather than through <see cref="ITransformBuilder"/>: what that makes copies the fields of messages by YARP's rules before its first transform
/// and writes its forwarded fields after the last, and lets nobody in between.
/// </remarks>
internal static class TransformFactories
{
    // Most configurations have no transforms, and the services that the factories live in take time to make.
    private static readonly Lazy<(IServiceProvider Services, ITransformFactory[] Factories)> Yarp = new(Create);

    // By its names only.
    private static readonly RouteConfig Route = new() { RouteId = "route" };

    /// <summary>What YARP has against a transform; none when it can be made.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyDictionary<string, string> transform)
    {
        var context = new TransformRouteValidationContext { Services = Yarp.Value.Services, Route = Route };
        if (!Array.Exists(Yarp.Value.Factories, factory => factory.Validate(context, transform)))
        {
            return ["is no transform that YARP knows"];
        }

        if (context.Errors.Count > 0)
        {
            return [.. context.Errors.Select(error => error.Message)];
        }

        try
        {
            // Not all that cannot be made is found by looking at it.
            Build(CreateContext(), transform);
            return [];
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or NotSupportedException or InvalidOperationException or RoutePatternException)
        {
            return [exception.Message];
        }
    }

    /// <summary>What transforms are built into.</summary>
    public static TransformBuilderContext CreateContext() => new() { Services = Yarp.Value.Services, Route = Route };

    /// <summary>Builds a valid transform.</summary>
    public static void Build(TransformBuilderContext context, IReadOnlyDictionary<string, string> transform)
    {
        if (!Array.Exists(Yarp.Value.Factories, factory => factory.Build(context, transform)))
        {
            throw new ArgumentException("It is no transform that YARP knows.", nameof(transform));
        }
    }

    private static (IServiceProvider, ITransformFactory[]) Create()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy();
        var provider = services.BuildServiceProvider();
        return (provider, [.. provider.GetServices<ITransformFactory>()]);
    }
}
