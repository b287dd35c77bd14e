using System.CommandLine;
using System.CommandLine.Parsing;

namespace LoadBalancer.Backend;

/// <summary>The command line of the backend.</summary>
internal sealed class BackendCommand : RootCommand
{
    private readonly Option<int?> _port = new("--port")
    {
        Description = "Listen on http://localhost:<port>; 0 takes a free one on 127.0.0.1. Default: ASPNETCORE_URLS, else 5000.",
        HelpName = "port",
    };

    private readonly Option<string[]> _listen = new("--listen")
    {
        Description = "Listen on this URL, for instance http://*:8000; repeatable.",
        HelpName = "url",
    };

    private readonly Option<string> _name = new("--name")
    {
        Description = "What to be called in answers; {host} stands for the name of the machine. Default: OTEL_SERVICE_NAME, else 'backend'.",
        HelpName = "name",
    };

    private readonly Option<string> _message = new("--message")
    {
        Description = "What to answer to GET /; {name} stands for the name, and text that begins with '<' is HTML. Default: 'Hello from {name}'.",
        HelpName = "text",
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log one line a request." };

    public BackendCommand() : base("A web server to balance load over, with faults that can be switched on.")
    {
        Add(_port);
        Add(_listen);
        Add(_name);
        Add(_message);
        Add(_verbose);
        _port.Validators.Add(port => RequireOr(IsPort(port), port, $"--port must be a number from 0 to 65535, not '{TextOf(port)}'"));
        _listen.Validators.Add(listen =>
            RequireOr(listen.Tokens.All(token => IsUrl(token.Value)), listen, $"--listen must be a URL like http://*:8000, not '{TextOf(listen)}'"));
        _name.Validators.Add(name =>
            RequireOr(BackendOptions.IsName(TextOf(name)), name, $"--name must be printable ASCII, not '{TextOf(name)}'"));
        Validators.Add(all => RequireOr(
            all.GetResult(_port) is null || all.GetResult(_listen) is null, all, "--port and --listen exclude each other"));
    }

    public BackendOptions OptionsOf(ParseResult parsed) => new()
    {
        Listen = parsed.GetValue(_port) switch
        {
            null => parsed.GetValue(_listen) ?? [],
            0 => ["http://127.0.0.1:0"], // Kestrel has no free port for "localhost", which is two addresses
            { } port => [$"http://localhost:{port}"],
        },
        Name = parsed.GetValue(_name),
        Message = parsed.GetValue(_message),
        Verbose = parsed.GetValue(_verbose),
    };

    private static void RequireOr(bool valid, SymbolResult symbol, string error)
    {
        if (!valid)
        {
            symbol.AddError(error);
        }
    }

    private static bool IsPort(OptionResult port) => ushort.TryParse(TextOf(port), out _);

    // Kestrel's own parser, since it takes more than a URI: the hosts * and +.
    private static bool IsUrl(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Scheme is "http";
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string TextOf(OptionResult option) => string.Join(' ', option.Tokens.Select(token => token.Value));
}
