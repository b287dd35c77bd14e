using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>
/// The one of two drawn by lot that promises the quicker answer: its latency, in which a slow or failed answer shows at once and fades slowly,
/// times the requests in flight for its weight. One that asked to be left alone for a while (<c>Retry-After</c>) gets nothing as long as there is any that did not.
/// </summary>
/// <remarks>After the "peak EWMA" of Finagle. A failure counts as a slow answer, or a destination that fails quickly would draw all requests to itself.</remarks>
/// <param name="weights">The weights of the candidates.</param>
internal sealed class PeakEwmaPicker(ReadOnlySpan<double> weights) : Picker
{
    private readonly TwoChoices _choices = new(weights);

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        var (first, second) = _choices.Draw(context);
        if (first < 0)
        {
            return -1;
        }

        var found = second < 0 || IsFirstBetter(context, first, second) ? first : second;
        return context.Candidates[found].Load.IsHeldOff(context.Now) && BestOfAll(context) is >= 0 and var best ? best : found;
    }

    private bool IsFirstBetter(in PickContext context, int first, int second)
    {
        var (one, other) = (context.Candidates[first].Load, context.Candidates[second].Load);
        var (ofOne, ofOther) = (one.InFlight, other.InFlight);
        if (one.IsFailing != other.IsFailing)
        {
            // Who fails at once has nothing in flight, which must not speak for it.
            ofOne = ofOther = Math.Max(ofOne, ofOther);
        }

        return Cost(context, first, ofOne) <= Cost(context, second, ofOther);
    }

    private int BestOfAll(in PickContext context)
    {
        var (least, best) = (double.PositiveInfinity, -1);
        for (var i = 0; i < context.Candidates.Length; i++)
        {
            if (!context.Tried.Contains(i) && Cost(context, i, context.Candidates[i].Load.InFlight) is var cost && cost < least)
            {
                (least, best) = (cost, i);
            }
        }

        return best;
    }

    private double Cost(in PickContext context, int index, int inFlight)
    {
        var load = context.Candidates[index].Load;
        if (load.IsHeldOff(context.Now))
        {
            return double.PositiveInfinity;
        }

        // Without an answer so far it is tried at once, by one request.
        var isBusy = load.InFlight > 0;
        var latency = load.PeakLatency.IsKnown ? load.PeakLatency.At(context.Now, isBusy) : isBusy ? TimeSpan.TicksPerSecond : 0;
        return latency * (inFlight + 1) / _choices.WeightOf(index);
    }
}
