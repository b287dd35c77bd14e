using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>By lot, each with a chance in proportion to its weight.</summary>
/// <param name="draw">Draws.</param>
internal sealed class RandomPicker(WeightedDraw draw) : Picker
{
    /// <inheritdoc />
    public override int Pick(in PickContext context) => draw.Pick(context);
}
