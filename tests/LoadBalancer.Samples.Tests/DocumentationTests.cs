using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public async Task Every_configuration_in_the_reference_is_valid_to_the_program()
    {
        var examples = JsonBlock().Matches(Repository.Read("docs/configuration.md")).Select(match => match.Groups["json"].Value).ToArray();

        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            Assert.Equal("configuration is valid", await Validation.OfAsync(example, []));
        }
    }

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
