using System.Globalization;
using System.Text;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>What the admin listener tells, as text for a terminal.</summary>
internal static class OperatorTexts
{
    /// <summary>The columns of a cluster's destinations; those that begin with <c>&gt;</c> are of numbers.</summary>
    public static readonly IReadOnlyList<string> StatusColumns = ["DESTINATION", "ADDRESS", ">WEIGHT", ">PRIORITY", "HEALTH", "STATE", ">IN FLIGHT", ">REQUESTS", ">FAILURES", ">LATENCY MS"];

    private const string Nothing = "-";
    private const string BreakerOpen = "Open";
    private const string BreakerHalfOpen = "HalfOpen";

    /// <summary>The clusters and their destinations.</summary>
    public static string Describe(StateView state)
    {
        if (state.Clusters.Count == 0)
        {
            return "there are no clusters";
        }

        var text = new StringBuilder();
        foreach (var cluster in state.Clusters)
        {
            var table = new TextTable([.. StatusColumns]);
            foreach (var destination in cluster.Destinations)
            {
                table.Add(CellsOf(destination));
            }

            var title = TitleOf(cluster);
            text.AppendLine(text.Length == 0 ? title : $"{Environment.NewLine}{title}");
            text.Append(cluster.Destinations.Count == 0 ? $"no destinations{Environment.NewLine}" : table);
        }

        return text.ToString();
    }

    /// <summary>What is said of a cluster above its destinations.</summary>
    public static string TitleOf(ClusterView cluster) => Title(cluster.Name, cluster.Policy) + Refusals(cluster);

    /// <summary>What is said of a destination, a cell for each of <see cref="StatusColumns"/>.</summary>
    public static string[] CellsOf(DestinationView destination) =>
    [
        destination.Name,
        PlaceOf(destination),
        destination.OperatorWeight is null ? Text(destination.Weight) : $"{Text(destination.Weight)} (operator)",
        Text(destination.Priority),
        HealthOf(destination.Health, destination.Reason),
        StateOf(destination),
        Text(destination.InFlight),
        Text(destination.Requests),
        Text(destination.Failures),
        destination.LatencyMs.ToString("0.0", CultureInfo.InvariantCulture),
    ];

    /// <summary>The columns that fit into a width, each an index into <see cref="StatusColumns"/>: what matters least is left out first.</summary>
    /// <param name="rows">The cells of each destination.</param>
    /// <param name="width">The width, in characters.</param>
    /// <param name="gap">What each column takes beside its text.</param>
    public static IReadOnlyList<int> ColumnsWithin(IReadOnlyList<string[]> rows, int width, int gap)
    {
        List<int> shown = [.. Enumerable.Range(0, StatusColumns.Count)];
        foreach (var column in (string[])["ADDRESS", ">PRIORITY", ">LATENCY MS", ">FAILURES", ">WEIGHT", ">REQUESTS"])
        {
            if (shown.Sum(WidthOf) <= width)
            {
                break;
            }

            shown.RemoveAll(index => StatusColumns[index] == column);
        }

        return shown;

        int WidthOf(int index) => rows.Select(cells => cells[index].Length).Append(StatusColumns[index].TrimStart('>').Length).Max() + gap;
    }

    /// <summary>What a reload changed, or would change.</summary>
    public static string Describe(ReloadView view)
    {
        if (view.Changes.Count == 0)
        {
            return view.Reloaded ? "configuration reloaded: nothing changed" : "nothing would change";
        }

        var table = new TextTable("CHANGE", "WHAT", "KEY", "BEFORE", "AFTER");
        foreach (var change in view.Changes)
        {
            table.Add(change.Change, change.Kind, change.Path, change.Before ?? Nothing, (change.After ?? Nothing) + (change.NextStart ? " (from the next start on)" : ""));
        }

        return (view.Reloaded ? "configuration reloaded" : "would change") + Environment.NewLine + table;
    }

    /// <summary>What serves each listener, and why it is not the event loop.</summary>
    public static string Describe(IReadOnlyList<ListenerEngine> engines)
    {
        var text = new StringBuilder();
        foreach (var listener in engines)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{listener.Address} is served by {EngineChoice.NameOf(listener.Engine)}");
            foreach (var lack in listener.Lacks)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {lack}");
            }
        }

        return text.ToString();
    }

    /// <summary>A destination after a change.</summary>
    public static string Describe(string cluster, DestinationView destination) =>
        $"{cluster}/{destination.Name}: {StateOf(destination).ToLowerInvariant()}, weight {Text(destination.Weight)}, {Text(destination.InFlight)} in flight";

    /// <summary>Where a request would go.</summary>
    public static string Describe(string request, ExplainView view)
    {
        var text = new StringBuilder().AppendLine(request);
        text.AppendLine(view.Route is null ? "route: none" : $"route: {view.Route}").AppendLine(
            view.Denied is { } why ? $"denied: {why}"
            : view.Location is { } location ? $"redirect: {location}"
            : view.Responds is { } status ? $"answer of the route: {Text(status)}"
            : view.Cluster is null ? "cluster: none"
            : $"cluster: {Title(view.Cluster, view.Policy)}{(view.FallbackOf is { } wanted ? $", since no destination of {wanted} is available" : "")}");
        if (view.Key is { } key)
        {
            var source = key.Name is null ? key.Source : $"{key.Source} {key.Name}";
            text.AppendLine(key.Hash is null ? $"key: {source}, which the request does not have: a lot decides" : $"key: {source}, hash {key.Hash}");
        }

        if (view.Session is { } session)
        {
            text.AppendLine(session switch
            {
                "Known" => "session: with a destination of the cluster",
                "Lost" => "session: with a destination that is gone, or made up",
                _ => "session: none yet",
            });
        }

        if (view.Panic)
        {
            text.AppendLine("panic: too few destinations are available, so that their health counts for nothing");
        }

        if (view.Answer is { } answer)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"answer: {answer.Status} {answer.Title}{(answer.RetryAfter is { } seconds ? $", Retry-After {Text(seconds)} s" : "")}, by the load balancer itself");
        }

        AppendRoutes(text, view.Routes);
        AppendDestinations(text, view.Destinations);
        return text.ToString();
    }

    private static void AppendRoutes(StringBuilder text, IReadOnlyList<ExplainRouteView> routes)
    {
        if (routes.Count == 0)
        {
            return;
        }

        var table = new TextTable("ROUTE", ">ORDER", "HOST", "PATH", "WHY");
        foreach (var route in routes)
        {
            table.Add(route.Name, Text(route.Order), route.Host ?? Nothing, route.Path ?? Nothing, route.Reason);
        }

        text.AppendLine().Append(table);
    }

    private static void AppendDestinations(StringBuilder text, IReadOnlyList<ExplainDestinationView> destinations)
    {
        if (destinations.Count == 0)
        {
            return;
        }

        var table = new TextTable("DESTINATION", "PICK", ">WEIGHT", ">PRIORITY", "HEALTH", "STATE", ">IN FLIGHT", "WHY");
        foreach (var destination in destinations)
        {
            var weight = destination.WeightInForce.ToString("0.###", CultureInfo.InvariantCulture);
            table.Add(
                destination.Name,
                destination.Pick,
                destination.WarmingUp ? $"{weight} of {Text(destination.Weight)}, warming up" : weight,
                Text(destination.Priority),
                HealthOf(destination.Health, destination.Reason),
                destination.Suspect ? $"{StateOf(destination.State, destination.EjectedUntil)}, suspect" : StateOf(destination.State, destination.EjectedUntil),
                Text(destination.InFlight),
                destination.Why);
        }

        text.AppendLine().Append(table);
    }

    private static string Title(string cluster, string? policy) => $"{cluster} ({policy})";

    // What there is none of is not worth a word.
    private static string Refusals(ClusterView cluster) => string.Concat(
        cluster.Fallback is null ? "" : cluster.Destinations.Any(destination => destination.Available) ? $", fallback {cluster.Fallback}" : $", {cluster.Fallback} serves instead",
        cluster.RetriesRefused > 0 ? $", {Text(cluster.RetriesRefused)} {(cluster.RetriesRefused == 1 ? "retry" : "retries")} refused" : "",
        cluster.Shed > 0 ? $", {Text(cluster.Shed)} {(cluster.Shed == 1 ? "request" : "requests")} shed" : "",
        cluster.Waiting > 0 ? $", {Text(cluster.Waiting)} waiting" : "");

    private static string PlaceOf(DestinationView destination)
    {
        var about = string.Join(", ", new[] { destination.Source, destination.Zone is { } zone ? $"zone {zone}" : null }.OfType<string>());
        return about.Length == 0 ? destination.Address : $"{destination.Address} ({about})";
    }

    private static string StateOf(DestinationView destination) => StateOf(destination.State, destination.EjectedUntil)
        + (destination.LeavesAt is { } leaves ? string.Create(CultureInfo.InvariantCulture, $", {(destination.IsRemoved ? "removed" : "no longer found")}, gone at {leaves:HH:mm:ss} UTC") : "") + destination switch
        {
            { Breaker: BreakerOpen, BreakerUntil: { } until } => string.Create(CultureInfo.InvariantCulture, $", breaker open until {until:HH:mm:ss} UTC"),
            { Breaker: BreakerOpen } => ", breaker open",
            { Breaker: BreakerHalfOpen } => ", breaker half-open",
            _ => "",
        };

    private static string HealthOf(string health, string reason) => reason.Length == 0 ? health : $"{health} ({reason})";

    private static string StateOf(string state, DateTime? ejectedUntil) => ejectedUntil is { } until
        ? string.Create(CultureInfo.InvariantCulture, $"{state}, ejected until {until:HH:mm:ss} UTC")
        : state;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
