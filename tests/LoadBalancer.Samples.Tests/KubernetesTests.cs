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
    public void Destinations_are_those_of_a_service_that_is_there()
    {
        var wanted = Configuration.GetProperty("Clusters").GetProperty("backend").GetProperty("Discovery").GetProperty("Kubernetes");
        var service = _manifests.Find("Service", wanted.GetProperty("Service").GetString()!);

        Assert.Equal(service.Items("spec", "ports").Single().Text("name"), wanted.GetProperty("Port").GetString());
    }

    [Fact]
    public void Load_balancer_may_list_and_watch_endpoint_slices_and_nothing_else()
    {
        var pod = Workload("loadbalancer").At("spec", "template", "spec");
        var account = _manifests.Find("ServiceAccount", pod.Text("serviceAccountName"));
        var binding = _manifests.Objects.Single(one => one.Text("kind") == "RoleBinding" && one.Items("subjects").Single().Text("name") == account.Text("metadata", "name"));
        var rule = _manifests.Find("Role", binding.Text("roleRef", "name")).Items("rules").Single();

        Assert.Equal("true", pod.Text("automountServiceAccountToken"));
        Assert.Equal(
            ("discovery.k8s.io", "endpointslices", "list watch"),
            (Words(rule, "apiGroups"), Words(rule, "resources"), Words(rule, "verbs")));
    }

    [Fact]
    public void How_many_pods_there_are_says_one_place() => Assert.All(Autoscalers, autoscaler =>
    {
        var workload = _manifests.Find(autoscaler.Text("spec", "scaleTargetRef", "kind"), autoscaler.Text("spec", "scaleTargetRef", "name"));

        Assert.Null(workload.Find("spec", "replicas"));
        Assert.NotEmpty(workload.Container().Text("resources", "requests", "cpu"));
    });

    [Fact]
    public void Disruption_budgets_leave_room_at_the_least_number_of_pods() => Assert.All(Autoscalers, autoscaler =>
    {
        var (name, least) = (autoscaler.Text("metadata", "name"), int.Parse(autoscaler.Text("spec", "minReplicas"), null));
        var budget = _manifests.Find("PodDisruptionBudget", name);

        Assert.True(budget.Find("spec", "minAvailable") is { } available ? int.Parse(available.ToString(), null) < least : int.Parse(budget.Text("spec", "maxUnavailable"), null) > 0);
    });

    [Fact]
    public void Every_workload_is_spread_scaled_and_walled_in() => Assert.All(_manifests.Workloads, workload =>
    {
        var name = workload.Text("metadata", "name");

        Assert.NotEmpty(workload.Items("spec", "template", "spec", "topologySpreadConstraints"));
        Assert.Equal(name, _manifests.Find("HorizontalPodAutoscaler", name).Text("spec", "scaleTargetRef", "name"));
        Assert.Equal(name, _manifests.Find("NetworkPolicy", name).Text("spec", "podSelector", "matchLabels", "app"));
    });

    [Fact]
    public void Policies_let_through_what_the_configuration_needs()
    {
        var (outer, inner) = (_manifests.Find("NetworkPolicy", "loadbalancer"), _manifests.Find("NetworkPolicy", "backend"));
        var egress = outer.Items("spec", "egress").ToArray();

        Assert.Equal("http", outer.Items("spec", "ingress").Single().Items("ports").Single().Text("port"));
        Assert.Equal("backend", egress[0].Items("to").Single().Text("podSelector", "matchLabels", "app"));
        Assert.Equal("loadbalancer", inner.Items("spec", "ingress").Single().Items("from").Single().Text("podSelector", "matchLabels", "app"));
        Assert.NotEmpty(Workload("backend").Container().Port(egress[0].Items("ports").Single().Text("port")));
        Assert.NotEmpty(Workload("backend").Container().Port(inner.Items("spec", "ingress").Single().Items("ports").Single().Text("port")));
        Assert.Subset(egress[1].Items("ports").Select(port => $"{port.Text("protocol")} {port.Text("port")}").ToHashSet(), new HashSet<string> { "UDP 53", "TCP 53", "TCP 443" });
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
        var wait = Validation.SecondsOf(ConfigurationText, "ShutdownDelay");

        Assert.True(int.Parse(pod.Text("terminationGracePeriodSeconds"), null) >= wait + ShutdownSeconds);
    }

    private IEnumerable<YamlDotNet.RepresentationModel.YamlNode> Autoscalers => _manifests.Objects.Where(one => one.Text("kind") == "HorizontalPodAutoscaler");

    private static string Words(YamlDotNet.RepresentationModel.YamlNode node, string key) => string.Join(' ', node.Items(key).Select(word => word.ToString()));

    private string ConfigurationText => _manifests.Find("ConfigMap", "loadbalancer").Text("data", "loadbalancer.json");

    private JsonElement Configuration => JsonElement.Parse(ConfigurationText);

    private int ShutdownSeconds => Validation.ShutdownSecondsOf(ConfigurationText);

    private YamlDotNet.RepresentationModel.YamlNode Workload(string name) => _manifests.Workloads.Single(workload => workload.Text("metadata", "name") == name);
}
