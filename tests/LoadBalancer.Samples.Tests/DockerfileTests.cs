namespace LoadBalancer.Samples.Tests;

public sealed class DockerfileTests
{
    public static TheoryData<string> Programs => ["LoadBalancer.Backend", "LoadBalancer.Proxy"];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Everything_copied_is_there(string program) =>
        Assert.All(DockerfileOf(program).Sources, source => Assert.True(Path.Exists(Repository.PathOf(source)), source));

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_project_that_is_needed_is_copied(string program)
    {
        var references = File.ReadAllLines(Repository.PathOf($"{program}/{program}.csproj")).Where(line => line.Contains("<ProjectReference", StringComparison.Ordinal));

        Assert.All(references, line => Assert.Contains($"{line.Split('"')[1].Split('/')[1]}/", DockerfileOf(program).Sources));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void What_is_started_is_what_is_built(string program) =>
        Assert.Equal($"{program}.dll", DockerfileOf(program).EntryAssembly);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Images_are_of_the_framework_that_the_projects_target(string program) =>
        Assert.All(DockerfileOf(program).BaseImages, image => Assert.Contains($":{Environment.Version.Major}.{Environment.Version.Minor}-", image, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Programs))]
    public void Images_that_the_sdk_builds_are_of_the_same_family(string program) =>
        Assert.EndsWith($"-{FamilyOf(program)}", DockerfileOf(program).BaseImages.Last(), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Container_does_not_run_as_root(string program) =>
        Assert.Contains("\nUSER $APP_UID\n", DockerfileOf(program).FinalStage, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Health_check_asks_for_readiness(string program) =>
        Assert.EndsWith("/health", DockerfileOf(program).HealthUrl, StringComparison.Ordinal);

    [Fact]
    public void Health_check_of_the_proxy_asks_the_admin_listener_where_it_is_by_default() =>
        Assert.StartsWith(Proxy.Configuration.AdminOptions.DefaultUrl, DockerfileOf("LoadBalancer.Proxy").HealthUrl, StringComparison.Ordinal);

    [Fact]
    public void The_image_from_scratch_is_made_of_the_same_sources_and_asks_the_program_for_its_health()
    {
        var scratch = Dockerfile.Load(Repository.PathOf("LoadBalancer.Proxy/Dockerfile.scratch"));

        Assert.Equal(DockerfileOf("LoadBalancer.Proxy").Sources, scratch.Sources);
        Assert.Contains("CMD [\"/app/LoadBalancer.Proxy\", \"health\"]\n", scratch.FinalStage, StringComparison.Ordinal);
        Assert.Contains("\nUSER 1654\n", scratch.FinalStage, StringComparison.Ordinal);
        Assert.Contains($":{Environment.Version.Major}.{Environment.Version.Minor}-", scratch.BaseImages.First(), StringComparison.Ordinal);
    }

    private static string FamilyOf(string program) =>
        System.Xml.Linq.XDocument.Load(Repository.PathOf($"{program}/{program}.csproj")).Descendants("ContainerFamily").Single().Value;

    private static Dockerfile DockerfileOf(string program) => Dockerfile.Load(Repository.PathOf($"{program}/Dockerfile"));
}
