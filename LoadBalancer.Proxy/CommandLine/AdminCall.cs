using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>What all commands that call the admin listener have in common: where it is, the token, and how the answer is told.</summary>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class AdminCall(TextWriter output, TextWriter error)
{
    private const string TokenVariable = "LoadBalancer__Admin__Token";

    /// <summary>How answers are read: the proxy may be newer than who asks it, and tell more.</summary>
    public static readonly AdminJson Answers = new(new JsonSerializerOptions(AdminJson.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip });

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Option<string> _admin = CreateAddress("--admin", "Address of the admin listener.", AdminOptions.DefaultUrl);

    /// <summary>The bearer token.</summary>
    public Option<string?> Token { get; } = new("--token") { Description = $"The bearer token of the admin listener. [default: the environment variable {TokenVariable}]", HelpName = "token" };

    /// <summary>Whether the answer is told as it is.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "The answer of the API instead of text." };

    /// <summary>An option for the address of an admin listener.</summary>
    public static Option<string> CreateAddress(string name, string description, string? fallback)
    {
        var address = new Option<string>(name) { Description = description, HelpName = "url" };
        if (fallback is not null)
        {
            address.DefaultValueFactory = _ => fallback;
        }

        address.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && DestinationAddress.Parse(text) is (null, var error))
            {
                result.AddError($"{name} {error}");
            }
        });
        return address;
    }

    /// <summary>Lets a command call the admin listener and tell its answer, as JSON or as text.</summary>
    public Command WithAction(Command command, Func<ParseResult, AdminClient, Task<(string Json, Func<string> Text)>> act)
    {
        command.Add(_admin);
        command.Add(Token);
        command.Add(Json);
        command.SetAction((parsed, _) => RunAsync(parsed, async client => await TellAsync(parsed, await act(parsed, client))));
        return command;
    }

    /// <summary>Calls the admin listener.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="act">Makes the calls.</param>
    /// <param name="address">Where it listens; by default at <c>--admin</c>.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ParseResult parsed, Func<AdminClient, Task> act, string? address = null)
    {
        try
        {
            using var client = CreateClient(parsed, Patience, address);
            await act(client);
            return ExitCodes.Success;
        }
        catch (AdminCallException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCodes.Failure;
        }
    }

    /// <summary>A client of the admin listener that is meant.</summary>
    public AdminClient CreateClient(ParseResult parsed, TimeSpan patience, string? address = null) =>
        new(DestinationAddress.Read(address ?? parsed.GetValue(_admin)!), parsed.GetValue(Token) ?? Environment.GetEnvironmentVariable(TokenVariable), patience);

    /// <summary>Tells an answer.</summary>
    public Task TellAsync(ParseResult parsed, (string Json, Func<string> Text) answer) => output.WriteLineAsync((parsed.GetValue(Json) ? answer.Json : answer.Text()).TrimEnd());

    /// <summary>Reads an answer.</summary>
    /// <exception cref="AdminCallException">It is not understood.</exception>
    public static T Read<T>(string json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException();
        }
        catch (JsonException exception)
        {
            throw new AdminCallException("the admin listener answers what is not understood: is the proxy of another version? --json shows it", exception);
        }
    }
}
