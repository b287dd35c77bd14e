using System.Text;
using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>Configuration out of a JSON text, as the operator writes it.</summary>
internal static class Json
{
    /// <summary>The text as the section <c>LoadBalancer</c>.</summary>
    public static IConfigurationSection Section(string json) => Root($$"""{ "LoadBalancer": {{json}} }""").GetSection("LoadBalancer");

    /// <summary>The text as the root.</summary>
    public static IConfigurationRoot Root(string json) =>
        new ConfigurationBuilder().AddInMemoryCollection(JsonSettings.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)))).Build();

    /// <summary>The options that the text says, strictly read.</summary>
    public static (LoadBalancerOptions Options, List<ConfigurationError> Errors) Options(string json) => StrictReader.Read<LoadBalancerOptions>(Section(json));

    /// <summary>The errors in the text, each in one line.</summary>
    public static string[] Errors(string json) => Options(json).Errors.Select(error => error.ToString()).ToArray();

    /// <summary>The services that the text says.</summary>
    public static ServiceDirectory Services(string json) => new(Root($$"""{ "services": {{json}} }""").GetSection("services"));
}
