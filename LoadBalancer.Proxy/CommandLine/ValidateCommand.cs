using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>Checks a configuration file.</summary>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class ValidateCommand(TextWriter output, TextWriter error)
{
    private static readonly JsonSerializerOptions Indented = new(AdminJson.Default.Options);

    private readonly AdminCall _call = new(output, error);

    private readonly Option<string?> _config = RunCommandLine.CreateConfig("The file to check.");

    private readonly TlsCommandLine _tls = new();

    private readonly Option<bool> _explain = new("--explain") { Description = "Say which engine serves each listener, and why." };

    private readonly Option<string> _against = AdminCall.CreateAddress("--against", "The admin listener of a proxy that runs: say what would change there. It checks the file, with its own settings.", null);

    /// <summary>Adds the command.</summary>
    public void AddTo(RootCommand root)
    {
        _config.Required = true;
        var validate = new Command("validate", "Check a configuration file, and say everything that is wrong with it.") { _config, _explain, _against, _call.Token, _call.Json };
        _tls.All.ToList().ForEach(validate.Options.Add);
        _tls.CheckIn(validate);
        validate.Validators.Add(result =>
        {
            if (result.GetResult(_against) is not null && result.GetValue(_explain))
            {
                result.AddError("--explain is said by this program, and --against by the proxy that runs: ask for one of them");
            }
        });
        validate.Validators.Add(result =>
        {
            if (result.GetResult(_against) is not null && _tls.All.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } typed)
            {
                result.AddError($"{typed.Name} is for a file that this program checks; with --against the proxy that runs checks it, with its own settings");
            }
        });
        validate.SetAction((parsed, _) => parsed.GetValue(_against) is { } address ? CompareAsync(parsed, address) : Task.FromResult(Validate(parsed)));
        root.Add(validate);
    }

    private int Validate(ParseResult parsed)
    {
        var asJson = parsed.GetValue(_call.Json);
        try
        {
            var reading = new ConfigurationSource(new RunArguments { ConfigFile = parsed.GetValue(_config), TlsCertificates = _tls.CertificatesOf(parsed), TlsKeys = _tls.KeysOf(parsed) }, Directory.GetCurrentDirectory(), Environments.Production).Read();
            reading.MustServe();
            var engines = parsed.GetValue(_explain) ? reading.ChooseEngines() : null;
            output.WriteLine(asJson ? Json([], engines) : "configuration is valid");
            if (engines is not null && !asJson)
            {
                output.Write(OperatorTexts.Describe(engines));
            }

            return ExitCodes.Success;
        }
        catch (ConfigurationException exception)
        {
            if (asJson)
            {
                output.WriteLine(Json(exception.Errors, null));
            }
            else
            {
                error.WriteLine(exception.Message);
            }

            return ExitCodes.Failure;
        }
    }

    private async Task<int> CompareAsync(ParseResult parsed, string address)
    {
        string file;
        try
        {
            file = await File.ReadAllTextAsync(parsed.GetValue(_config)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"cannot read {parsed.GetValue(_config)}: {exception.Message}");
            return ExitCodes.Failure;
        }

        if (string.IsNullOrWhiteSpace(file))
        {
            await error.WriteLineAsync($"{parsed.GetValue(_config)} is empty: the least is {{}}");
            return ExitCodes.Failure;
        }

        return await _call.RunAsync(
            parsed,
            async client =>
            {
                var text = await client.CallAsync(HttpMethod.Post, "api/reload?preview=true", file);
                await _call.TellAsync(parsed, (text, () => OperatorTexts.Describe(AdminCall.Read(text, AdminCall.Answers.ReloadView))));
            },
            address);
    }

    private static string Json(IReadOnlyList<ConfigurationError> errors, IReadOnlyList<ListenerEngine>? engines)
    {
        var answer = new JsonObject
        {
            ["valid"] = errors.Count == 0,
            ["errors"] = new JsonArray([.. errors.Select(wrong => new JsonObject { ["path"] = wrong.Path, ["message"] = wrong.Message, ["source"] = wrong.Source })]),
        };
        if (engines is not null)
        {
            answer["listeners"] = new JsonArray([.. engines.Select(one => new JsonObject
            {
                ["listener"] = one.Path,
                ["url"] = one.Address.ToString(),
                ["engine"] = EngineChoice.NameOf(one.Engine),
                ["why"] = new JsonArray([.. one.Lacks.Select(why => JsonValue.Create(why.ToString()))]),
            })]);
        }

        return answer.ToJsonString(Indented);
    }
}
