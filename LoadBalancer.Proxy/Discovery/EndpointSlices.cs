using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>A list of EndpointSlices (discovery.k8s.io/v1), with as much of them as is used here.</summary>
internal sealed record SliceList(SliceMeta? Metadata, IReadOnlyList<EndpointSlice>? Items);

/// <summary>A part of the endpoints of a service.</summary>
internal sealed record EndpointSlice(SliceMeta? Metadata, string? AddressType, IReadOnlyList<SliceEndpoint>? Endpoints, IReadOnlyList<SlicePort>? Ports);

internal sealed record SliceMeta(string? Name, string? ResourceVersion);

internal sealed record SliceEndpoint(IReadOnlyList<string>? Addresses, SliceConditions? Conditions, string? Zone, SliceTarget? TargetRef);

/// <summary>What is missing means ready, serving as it is ready, and not terminating.</summary>
internal sealed record SliceConditions(bool? Ready, bool? Serving, bool? Terminating);

internal sealed record SliceTarget(string? Kind, string? Name);

internal sealed record SlicePort(string? Name, int? Port);

/// <summary>One event of a watch. The object of an <c>ERROR</c> is a <see cref="KubernetesStatus"/>, any other a slice.</summary>
internal sealed record WatchEvent(string? Type, JsonElement Object);

/// <summary>What the API server says where something is wrong.</summary>
internal sealed record KubernetesStatus(int? Code, string? Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SliceList))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(KubernetesStatus))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
