using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

public sealed partial class SourceRulesTests
{
    private const int MostLines = 400;

    private static readonly string[] PureFolders = ["Http", "Resilience", "Clusters", "Balancing", "Routing", "Sessions", "Forwarding"];

    private static readonly Type[] Impure =
    [
        typeof(Task), typeof(Task<>), typeof(ValueTask), typeof(ValueTask<>), typeof(ILogger), typeof(ILogger<>), typeof(HttpContext), typeof(HttpClient), typeof(HttpMessageInvoker),
        typeof(Stream), typeof(File), typeof(Directory), typeof(Console), typeof(Socket),
    ];

    [Fact]
    public void No_file_is_longer_than_400_lines() => Assert.DoesNotContain(SourceTree.All, file => file.LineCount > MostLines);

    [Fact]
    public void No_file_is_folded_with_regions() => Assert.DoesNotContain(SourceTree.All, file => Region().IsMatch(file.Text));

    [Fact]
    public void No_type_is_named_by_a_banned_synonym() => Assert.DoesNotContain(CompiledProxy.Types, type => BannedWord().IsMatch(type.Name));

    [Fact]
    public void The_model_the_rules_and_the_decisions_do_no_input_or_output()
    {
        var wrong = from type in CompiledProxy.Types
                    where PureFolders.Contains(CompiledProxy.FolderOf(type))
                    from use in CompiledProxy.UsesOf(type)
                    where Impure.Contains(use.Type)
                    select $"{type.FullName} uses {use.Type.Name}";

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("Health", typeof(Task))]
    [InlineData("Engines.Kestrel", typeof(HttpContext))]
    [InlineData("Discovery", typeof(ILogger))]
    public void Input_and_output_are_seen_where_they_are(string folder, Type impure) =>
        Assert.Contains(CompiledProxy.Types.Where(type => CompiledProxy.FolderOf(type) == folder).SelectMany(CompiledProxy.UsesOf), use => use.Type == impure);

    [Fact]
    public void They_take_clock_and_chance_from_outside()
    {
        var wrong = from type in CompiledProxy.Types
                    where PureFolders.Contains(CompiledProxy.FolderOf(type))
                    from use in CompiledProxy.UsesOf(type)
                    where (use.Type == typeof(TimeProvider) && use.Member == "get_System") || (use.Type == typeof(Random) && use.Member == "get_Shared")
                    select $"{type.FullName} uses {use.Type.Name}.{use.Member}";

        Assert.Empty(wrong);
    }

    // A clock may be read in the model only by its one writer, off the path of requests.
    [Fact]
    public void The_decisions_read_no_clock_at_all()
    {
        var wrong = from type in CompiledProxy.Types
                    where CompiledProxy.FolderOf(type) is "Forwarding" or "Balancing" or "Resilience" or "Http" or "Routing"
                    from use in CompiledProxy.UsesOf(type)
                    where use.Type == typeof(TimeProvider)
                    select type.FullName;

        Assert.Empty(wrong);
    }

    // Engines, and the fields of a request as each of them keeps them: what there are, or will be, two of in the program itself.
    [Fact]
    public void The_program_has_two_interfaces_at_most() => Assert.Subset(new HashSet<string> { "IEngine", "IFields" }, CompiledProxy.Types.Where(type => type.IsInterface).Select(type => type.Name).ToHashSet());

    // Types that tests are parameterized by are the exception: a test method is public, and so must be what it takes.
    [Fact]
    public void The_program_has_no_public_types_but_enums() => Assert.DoesNotContain(CompiledProxy.Types, type => type is { IsPublic: true, IsEnum: false });

    [GeneratedRegex(@"^\s*#\s*(end)?region\b", RegexOptions.Multiline)]
    private static partial Regex Region();

    // The synonyms of ARCHITECTURE.md's words. Resolve, select, alive and up are too much at home in .NET to be banned from type names.
    [GeneratedRegex("Frontend|Entrypoint|EntryPoint|UpstreamGroup|Backend|Throttl")]
    private static partial Regex BannedWord();
}
