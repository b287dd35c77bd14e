using System.Runtime.CompilerServices;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// What the transforms of a route change, as this engine does them: those that <see cref="EventLoopLacks"/> does not name. Values are put together when a route is first used,
/// so that fields cost no memory; a changed path or query does. It never changes.
/// </summary>
internal sealed class RouteChanges
{
    private const int FirstFailure = 400;

    // Beside the routes, which know no engine. It is the route that keeps them.
    private static readonly ConditionalWeakTable<Route, RouteChanges> Made = [];

    private readonly TargetChanges _target;
    private readonly FieldChanges _success = new();
    private readonly FieldChanges _failure = new();

    /// <param name="transforms">The transforms, in order; must be valid, and such as this engine has.</param>
    /// <param name="pattern">The paths that the route takes.</param>
    public RouteChanges(IEnumerable<IReadOnlyDictionary<string, string>> transforms, PathPattern pattern)
    {
        _target = new TargetChanges(pattern);
        foreach (var transform in transforms)
        {
            var name = TransformTable.NameOf(transform)!;
            if (!_target.Take(name, transform))
            {
                Take(name, transform[name], transform);
            }
        }

        Request.Complete();
        _success.Complete();
        _failure.Complete();
    }

    /// <summary>What is changed in the fields of requests.</summary>
    public FieldChanges Request { get; } = new();

    /// <summary>The <c>Host</c> that is sent whatever else is said of it; null where none is.</summary>
    public byte[]? Host { get; private set; }

    /// <summary>Whether destinations get the client's <c>Host</c> (true) or their own (false) whatever else is said of it; null where nothing is.</summary>
    public bool? KeepsHost { get; private set; }

    /// <summary>What becomes of the fields that say where a request came from; null where it says nothing of them.</summary>
    public ForwardedActions? Forwarded { get; private set; }

    /// <summary>What a route changes; null when it changes nothing.</summary>
    public static RouteChanges? Of(Route route) => route.Transforms.Count == 0 ? null : Made.GetValue(route, static route => new RouteChanges(route.Transforms, route.Path));

    /// <summary>What is changed in the fields of answers of this status.</summary>
    public FieldChanges Answer(int status) => status < FirstFailure ? _success : _failure;

    /// <summary>Changes the path and query of a request, before its first attempt.</summary>
    /// <returns>What it is refused with; null when it is not.</returns>
    public Refusal? Apply(RequestHead head) => _target.Apply(head);

    private void Take(string name, string value, IReadOnlyDictionary<string, string> transform)
    {
        switch (name)
        {
            case TransformTable.RequestHeadersCopy:
                Request.Copied.All(bool.Parse(value));
                break;
            case TransformTable.RequestHeadersAllowed:
                Request.Copied.Only(value);
                break;
            case TransformTable.RequestHeaderOriginalHost:
                KeepsHost = bool.Parse(value);
                break;
            case TransformTable.RequestHeader when value.Equals("Host", StringComparison.OrdinalIgnoreCase):
                Host = Encoding.Latin1.GetBytes(TransformTable.ValueOf(transform)!);
                break;
            case TransformTable.RequestHeader:
                Change(Request, value, transform);
                break;
            case TransformTable.RequestHeaderRemove or TransformTable.ClientCert:
                // There are no certificates of clients over plain text, and what a client writes there is made up.
                Request.Remove(value);
                break;
            case TransformTable.XForwarded:
                Forwarded = ForwardedActions.Of(transform);
                break;
            case TransformTable.ResponseHeadersCopy:
                _success.Copied.All(bool.Parse(value));
                _failure.Copied.All(bool.Parse(value));
                break;
            case TransformTable.ResponseHeadersAllowed:
                _success.Copied.Only(value);
                _failure.Copied.Only(value);
                break;
            case TransformTable.ResponseHeader:
                ForEach(transform, changes => Change(changes, value, transform));
                break;
            case TransformTable.ResponseHeaderRemove:
                ForEach(transform, changes => changes.Remove(value));
                break;
            default:
                throw new ArgumentException($"{name} is a transform that this engine does not have.", nameof(name));
        }
    }

    private void ForEach(IReadOnlyDictionary<string, string> transform, Action<FieldChanges> change)
    {
        var when = transform.GetValueOrDefault(TransformTable.When) ?? "Success";
        if (!when.Equals("Failure", StringComparison.OrdinalIgnoreCase))
        {
            change(_success);
        }

        if (!when.Equals("Success", StringComparison.OrdinalIgnoreCase))
        {
            change(_failure);
        }
    }

    private static void Change(FieldChanges changes, string field, IReadOnlyDictionary<string, string> transform)
    {
        if (transform.GetValueOrDefault(TransformTable.Set) is { } value)
        {
            changes.Set(field, value);
        }
        else
        {
            changes.Append(field, transform[TransformTable.Append]);
        }
    }
}
