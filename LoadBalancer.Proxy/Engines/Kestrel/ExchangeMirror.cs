using LoadBalancer.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The exchange whose request is copied to another cluster.</summary>
internal sealed partial class Exchange
{
    private Mirror? _mirror;
    private MirroredBody? _mirrored;

    /// <summary>Has the request copied, where its route says so and its turn has come. It is about to be sent.</summary>
    public void BeginMirror()
    {
        if (Route!.Mirror is not { } mirror || IsTunnel || !mirror.Takes(_services.Dice))
        {
            return;
        }

        _mirror = mirror;
        if (Context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            Context.Request.Body = _mirrored = new MirroredBody(Context.Request.Body);
        }
    }

    // When the request is over: the copy costs the original nothing but memory.
    private void SendCopy()
    {
        if (_mirror is not { } mirror || !WasSent)
        {
            return;
        }

        if (_mirrored is { IsWhole: false })
        {
            // Longer than is kept, or the destination did not want all of it.
            _services.Metrics.Mirrored(mirror.Cluster.Name, null, Mirrors.Incomplete);
        }
        else if (_services.Mirrors is { } mirrors)
        {
            mirrors.Send(mirror.Cluster, Context, RequestId, Trusted, _mirrored?.Copy);
        }

        _mirrored?.Dispose();
    }
}
