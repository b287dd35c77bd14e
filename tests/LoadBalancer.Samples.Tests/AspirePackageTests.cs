using System.Text.RegularExpressions;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>The package for app hosts: packed, and used by one that has nothing else of this repository, as the documentation says.</summary>
public sealed partial class AspirePackageTests : IDisposable
{
    // Three projects are restored, built and run.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // What a test of the user's own would be: it starts the application, asks the load balancer, and tells who answered.
    private const string Check = """
        using Aspire.Hosting.ApplicationModel;
        using Aspire.Hosting.Testing;

        var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(patience);
        await using var application = await builder.BuildAsync(patience);
        await application.StartAsync(patience);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("lb", patience);
        foreach (var name in (string[])["web-1", "web-2", "web-3"])
        {
            await application.ResourceNotifications.WaitForResourceAsync(name, KnownResourceStates.Running, patience);
            using var direct = application.CreateHttpClient(name, "http");
            while (true)
            {
                try
                {
                    await direct.GetStringAsync("/", patience);
                    break;
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(50, patience);
                }
            }
        }

        using var client = application.CreateHttpClient("lb", "http");
        var answers = new List<string>();
        for (var n = 0; n < 30; n++)
        {
            answers.Add(await client.GetStringAsync("/", patience));
        }

        Console.WriteLine("answers: " + string.Join(", ", answers.GroupBy(answer => answer).OrderBy(group => group.Key).Select(group => $"{group.Key} {group.Count()}")));
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-package-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_fresh_app_host_balances_over_three_replicas_of_a_project_with_the_package_alone()
    {
        var packages = Path.Combine(_folder.FullName, "packages");
        await RunAsync("pack", Repository.PathOf("LoadBalancer.Aspire.Hosting"), "--no-build", "--configuration", Repository.Configuration, "--output", packages);
        WriteProjects(packages);

        var said = await RunAsync("run", "--project", "Shop.Check");

        Assert.Contains("answers: web-1 10, web-2 10, web-3 10", said, StringComparison.Ordinal);

        await using var host = Terminal.Start("dotnet", ["run", "--no-build", "--project", "Shop.AppHost"], [], Patience, _folder.FullName);
        await host.WaitForAsync("Distributed application started");
    }

    private void WriteProjects(string packages)
    {
        var documentation = Repository.Read("docs/aspire.md");

        // What the machine has of other packages is used where it is; ours goes nowhere else than here.
        var machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        Write("nuget.config", $"""
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="{Path.Combine(_folder.FullName, "cache")}" />
              </config>
              <fallbackPackageFolders>
                <add key="machine" value="{machine}" />
              </fallbackPackageFolders>
              <packageSources>
                <add key="packed" value="{packages}" />
              </packageSources>
            </configuration>
            """);
        Write("Shop.AppHost/Shop.AppHost.csproj", XmlBlock().Match(documentation).Groups["text"].Value);
        Write("Shop.AppHost/Properties/launchSettings.json", LocalPort().Replace(JsonBlock().Match(documentation).Groups["text"].Value, _ => $"localhost:{FreePort.Next()}"));
        Write("Shop.AppHost/AppHost.cs", CSharpBlock().Match(documentation).Groups["text"].Value);
        Write("Shop.Web/Shop.Web.csproj", """
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
            </Project>
            """);
        Write("Shop.Web/Program.cs", """
            var app = WebApplication.Create(args);
            app.MapGet("/", () => Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME"));
            app.Run();
            """);
        Write("Shop.Check/Program.cs", Check);
        var testing = TestingVersion().Match(Repository.Read("Directory.Packages.props")).Groups["version"].Value;
        Write("Shop.Check/Shop.Check.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Shop.AppHost/Shop.AppHost.csproj" />
                <PackageReference Include="Aspire.Hosting.Testing" Version="{testing}" />
              </ItemGroup>
            </Project>
            """);
    }

    private void Write(string name, string text)
    {
        var file = new FileInfo(Path.Combine(_folder.FullName, name));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, text);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        await using var terminal = Terminal.Start("dotnet", arguments, [], Patience, _folder.FullName);
        Assert.True(await terminal.WaitForExitAsync() == 0, terminal.Transcript);
        return terminal.Transcript;
    }

    [GeneratedRegex("Include=\"Aspire.Hosting.Testing\" Version=\"(?<version>[^\"]+)\"")]
    private static partial Regex TestingVersion();

    [GeneratedRegex(@"^```xml\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex XmlBlock();

    [GeneratedRegex(@"^```json\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"localhost:\d+")]
    private static partial Regex LocalPort();

    [GeneratedRegex(@"^```csharp\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
