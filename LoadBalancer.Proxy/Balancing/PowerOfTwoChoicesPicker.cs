using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>The one of two drawn by lot that has the fewer requests in flight for its weight. Nearly as even as looking at all, and no herd runs to the same one.</summary>
/// <param name="weights">The weights of the candidates.</param>
internal sealed class PowerOfTwoChoicesPicker(ReadOnlySpan<double> weights) : Picker
{
    private readonly TwoChoices _choices = new(weights);

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        var (first, second) = _choices.Draw(context);
        return second < 0 || Load(context, first) <= Load(context, second) ? first : second;
    }

    private double Load(in PickContext context, int index) => LeastRequestsPicker.LoadOf(context.Candidates[index], _choices.WeightOf(index));
}
