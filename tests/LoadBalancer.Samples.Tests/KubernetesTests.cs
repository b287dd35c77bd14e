using System.Text.Json;

namespace LoadBalancer.Samples.Tests;

public sealed class KubernetesTests
{
    private readonly Manifests _manifests = Manifests.Load();

    [Fact]
    public void Every_selector_finds_pods() =>
        Assert.All(_manifests.Objects.Where(one => one.Find("spec", "selector") is not null), one =>
            Assert.Contains(
                one.Find("spec", "selector", "matchLabels", "app")?.ToString() ?? one.Text("spec", "selector", "app"),
                _manifests.Workloads.Select(workload => workload.Text("spec", "template", "metadata", "labels", "app"))));

    [Fact]
    public void Every_probe_asks_a_port_that_the_container_has() =>
        Assert.All(_manifests.Workloads.Select(workload => workload.Container()), container =>
            Assert.All(["readinessProbe", "livenessProbe"], probe => Assert.NotEmpty(container.Port(container.Text(probe, "httpGet", "port")))));

    [Fact]
    public void Every_service_leads_to_a_port_that_the_container_has() =>
        Assert.All(_manifests.Objects.Where(one => one.Text("kind") == "Service"), service =>
            Assert.NotEmpty(Workload(service.Text("spec", "selector", "app")).Container().Port(service.Items("spec", "ports").Single().Text("targetPort"))));

    [Fact]
    public void Images_that_were_loaded_into_the_nodes_are_not_pulled() =>
        Assert.All(_manifests.Workloads, workload => Assert.Equal("IfNotPresent", workload.Container().Text("imagePullPolicy")));

    [Fact]
    public void No_container_may_more_than_it_needs() =>
        Assert.All(_manifests.Workloads, workload => Assert.Equal(
            ("true", "true", "false", "ALL"),
            (workload.Text("spec", "template", "spec", "securityContext", "runAsNonRoot"),
             workload.Container().Text("securityContext", "readOnlyRootFilesystem"),
             workload.Container().Text("securityContext", "allowPrivilegeEscalation"),
             workload.Container().Items("securityContext", "capabilities", "drop").Single().ToString())));

    [Fact]
    public void Configuration_is_where_the_arguments_look_for_it()
    {
        var container = Workload("loadbalancer").Container();
        var folder = container.Items("volumeMounts").Single().Text("mountPath");
        var file = ((YamlDotNet.RepresentationModel.YamlMappingNode)_manifests.Find("ConfigMap", "loadbalancer").At("data")).Children.Single().Key;

        Assert.Equal(["--config", $"{folder}/{file}"], container.Items("args").Select(word => word.ToString()));
    }

    [Fact]
    public async Task Configuration_and_variables_are_valid_to_the_program()
    {
        var variables = Workload("loadbalancer").Container().Items("env").Select(entry => KeyValuePair.Create(entry.Text("name"), "a-secret"));

        Assert.Equal("configuration is valid", await Validation.OfAsync(ConfigurationText, variables));
    }

    [Fact]
    public void Ports_of_the_container_are_those_of_the_configuration()
    {
        var container = Workload("loadbalancer").Container();

        Assert.Equal(
            ($"http://*:{container.Port("http")}", $"http://*:{container.Port("admin")}"),
            (Configuration.GetProperty("Listeners").GetProperty("http").GetProperty("Url").GetString(),
             Configuration.GetProperty("Admin").GetProperty("Url").GetString()));
    }

    [Fact]
    public void Destinations_are_the_pods_of_the_stateful_set()
    {
        var backends = _manifests.Find("StatefulSet", "backend");
        var (service, port) = (backends.Text("spec", "serviceName"), backends.Container().Port("http"));

        Assert.Equal(
            Enumerable.Range(0, int.Parse(backends.Text("spec", "replicas"), null)).Select(n => $"http://backend-{n}.{service}:{port}"),
            Configuration.GetProperty("Clusters").GetProperty("backend").GetProperty("Destinations").EnumerateObject()
                .Select(destination => destination.Value.GetProperty("Address").GetString()));
    }

    [Fact]
    public void Backend_listens_on_the_port_of_its_container()
    {
        var container = Workload("backend").Container();

        Assert.Equal(container.Port("http"), container.Items("env").Single(entry => entry.Text("name") == "ASPNETCORE_HTTP_PORTS").Text("value"));
    }

    [Fact]
    public void Requests_in_flight_have_the_time_that_the_shutdown_allows_them()
    {
        var pod = Workload("loadbalancer").At("spec", "template", "spec");
        var wait = int.Parse(Workload("loadbalancer").Container().Items("lifecycle", "preStop", "exec", "command").Last().ToString(), null);

        Assert.True(int.Parse(pod.Text("terminationGracePeriodSeconds"), null) >= wait + ShutdownSeconds);
    }

    private string ConfigurationText => _manifests.Find("ConfigMap", "loadbalancer").Text("data", "loadbalancer.json");

    private JsonElement Configuration => JsonElement.Parse(ConfigurationText);

    private int ShutdownSeconds => Validation.ShutdownSecondsOf(ConfigurationText);

    private YamlDotNet.RepresentationModel.YamlNode Workload(string name) => _manifests.Workloads.Single(workload => workload.Text("metadata", "name") == name);
}
