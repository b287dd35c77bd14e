using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class EngineChoiceTests
{
    private static readonly ListenerOptions Plain = new() { Url = "http://localhost:80" };
    private static readonly ListenerOptions Secure = new() { Url = "https://localhost:443" };

    [Fact]
    public void The_event_loop_serves_where_it_can()
    {
        var listener = Assert.Single(Choose(new LoadBalancerOptions()).Listeners);

        Assert.Equal((ListenerOptions.DefaultUrl, EngineKind.EventLoop, 0), (listener.Address.ToString(), listener.Engine, listener.Lacks.Count));
    }

    [Fact]
    public void A_listener_with_TLS_is_Kestrels_and_the_others_are_not() =>
        Assert.Equal("Listeners:plain:Url EventLoop | Listeners:secure:Url Kestrel Listeners:secure:Url", Told(Choose(With(("plain", Plain), ("secure", Secure)))));

    [Fact]
    public void Where_one_names_its_clients_in_a_field_all_are_Kestrels()
    {
        var naming = Secure with { Tls = new ListenerTlsOptions { ClientCertificates = new ClientCertificateOptions { SubjectHeader = "X-Subject" } } };

        Assert.Equal(
            "Listeners:plain:Url Kestrel Listeners:secure:Tls:ClientCertificates:SubjectHeader"
            + " | Listeners:secure:Url Kestrel Listeners:secure:Url Listeners:secure:Tls:ClientCertificates:SubjectHeader",
            Told(Choose(With(("plain", Plain), ("secure", naming)))));
    }

    [Fact]
    public void What_the_event_loop_lacks_makes_all_Kestrels() => Assert.Equal(
        "Listeners:plain:Url Kestrel Clusters:web:HttpRequest:Version",
        Told(Choose(With(("plain", Plain)) with { Clusters = Named("web", new ClusterOptions { HttpRequest = new() { Version = new Version(1, 0) } }) })));

    [Fact]
    public void Who_asks_for_Kestrel_gets_it() => Assert.Equal("Listeners:plain:Url Kestrel Engine", Told(Choose(With(("plain", Plain)) with { Engine = EngineOption.Kestrel })));

    [Fact]
    public void Elsewhere_than_on_Linux_all_are_Kestrels() => Assert.Equal("Listeners:plain:Url Kestrel Engine", Told(EngineChoice.Of(With(("plain", Plain)), services: null, isLinux: false)));

    [Fact]
    public void Who_insists_on_the_event_loop_is_told_once_of_each_key_that_it_lacks()
    {
        var options = With(("plain", Plain), ("other", Plain with { Url = "http://localhost:81" }), ("secure", Secure)) with
        {
            Engine = EngineOption.EventLoop,
            Clusters = Named("web", new ClusterOptions { HttpRequest = new() { Version = new Version(1, 0) } }),
        };

        Assert.Equal(["Clusters:web:HttpRequest:Version", "Listeners:secure:Url"], Choose(options).Errors.Select(error => error.Path).Order());
        Assert.Equal("Engine", Assert.Single(EngineChoice.Of(options, services: null, isLinux: false).Errors).Path);
    }

    [Fact]
    public void Who_leaves_it_to_the_proxy_makes_no_error() => Assert.Empty(Choose(With(("secure", Secure))).Errors);

    private static EngineChoice Choose(LoadBalancerOptions options) => EngineChoice.Of(options, services: null, isLinux: true);

    private static LoadBalancerOptions With(params (string Name, ListenerOptions Options)[] listeners) =>
        new() { Listeners = listeners.ToDictionary(listener => listener.Name, listener => listener.Options) };

    private static Dictionary<string, T> Named<T>(string name, T options) => new() { [name] = options };

    private static string Told(EngineChoice choice) => string.Join(" | ", choice.Listeners.Select(listener =>
        string.Join(' ', [listener.Path, listener.Engine.ToString(), .. listener.Lacks.Select(lack => lack.Path)])));
}
