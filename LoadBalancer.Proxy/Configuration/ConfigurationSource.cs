using System.Text.Json;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Where the configuration comes from, in rising order: settings files, the <c>--config</c> file, environment, command line.</summary>
internal sealed class ConfigurationSource
{
    /// <summary>The section of the settings that is ours.</summary>
    public const string SectionName = "LoadBalancer";

    // What errors call a file that is only looked at.
    private const string SentFile = "the file that was sent";

    // What the platform calls an empty text.
    private const string EmptyText = "The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true.";

    private readonly RunArguments _arguments;
    private readonly string _settingsFolder;
    private readonly string[] _settingsFiles;
    private string _fingerprintRead = "";

    /// <param name="arguments">What the operator typed.</param>
    /// <param name="settingsFolder">The folder of <c>appsettings.json</c>.</param>
    /// <param name="environment">The environment's name, as in <c>appsettings.Production.json</c>.</param>
    public ConfigurationSource(RunArguments arguments, string settingsFolder, string environment)
    {
        _arguments = arguments;
        _settingsFolder = settingsFolder;
        _settingsFiles = ["appsettings.json", $"appsettings.{environment}.json"];
    }

    /// <summary>The settings of the host that are in force.</summary>
    public HostSettings Host { get; } = new();

    /// <summary>Reads everything anew, and checks it.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; every error found is in it.</exception>
    public ConfigurationReading Read()
    {
        // Taken before the files are read: what is written meanwhile shall be seen as a change.
        _fingerprintRead = Fingerprint();
        return Read(null);
    }

    /// <summary>Reads everything as it is now, to be looked at and not to be used: what has changed is still to be seen as a change.</summary>
    /// <param name="file">What the <c>--config</c> file would have in it; null for what it has.</param>
    /// <exception cref="ConfigurationException">Something is wrong; every error found is in it.</exception>
    public ConfigurationReading Preview(Stream? file) => Read(file);

    private ConfigurationReading Read(Stream? sent)
    {
        var fileName = sent is null ? _arguments.ConfigFile : SentFile;
        IConfigurationRoot configuration;
        try
        {
            configuration = Layers(fileName, sent).Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("", Explain(exception));
        }

        using (configuration as IDisposable)
        {
            var origins = new ConfigurationOrigins(configuration, fileName is null ? _settingsFiles : [.. _settingsFiles, fileName], _arguments);
            var (options, errors) = StrictReader.Read<LoadBalancerOptions>(configuration.GetSection(SectionName));
            var yarp = YarpSection.Read(configuration.GetSection(YarpSection.Name));
            options = _arguments.ApplyTo(yarp.AddTo(options));
            errors.AddRange(yarp.Errors);
            var certificates = new ServerCertificates();
            // What is wrong with a part is why the whole looks wrong as well.
            errors.AddRange(LoadBalancerOptionsValidator.Validate(options, certificates).Select(yarp.Locate).Where(late => !errors.Exists(early => ConfigurationOrigins.IsAtOrBelow(early.Path, late.Path))));
            errors.AddRange(HostSettings.Validate(configuration));
            errors.AddRange(_arguments.Check(options));
            var services = new ServiceDirectory(configuration.GetSection("services"));
            if (errors.Count == 0)
            {
                errors.AddRange(EngineChoice.Of(options, services).Errors);
                errors.AddRange(Http3.Check(options));
            }

            return errors.Count == 0
                ? new ConfigurationReading(options, services) { Host = HostSettings.Of(configuration), Origins = origins, Certificates = certificates }
                : throw new ConfigurationException(origins.Locate(errors));
        }
    }

    /// <summary>Whether one of the files has changed, appeared or gone since they were last read, well or badly.</summary>
    public bool HasChanged() => Fingerprint() != _fingerprintRead;

    /// <summary>
    /// A text that differs when one of the files has changed, appeared or gone.
    /// Asked for again and again, it sees what file system events miss: network drives, and links that are swapped, as Kubernetes does with a ConfigMap.
    /// </summary>
    public string Fingerprint()
    {
        var files = _settingsFiles.Select(file => Path.Combine(_settingsFolder, file));
        if (_arguments.ConfigFile is { } configFile)
        {
            files = files.Append(configFile);
        }

        return string.Join('|', files.Select(FileFingerprint.Of));
    }

    private ConfigurationBuilder Layers(string? file, Stream? sent)
    {
        var builder = new ConfigurationBuilder();
        builder.SetBasePath(_settingsFolder);
        foreach (var settings in _settingsFiles)
        {
            builder.Add(new JsonSettingsFile { Path = settings, Optional = true });
        }

        if (file is not null)
        {
            builder.Add(new IndexedSettings(ReadFile(file, sent)));
        }

        builder.Add(new EnvironmentSettings());
        builder.Add(new IndexedSettings(_arguments.Settings));
        return builder;
    }

    /// <summary>The keys of the <c>--config</c> file, whose root is our section. YARP's may stand in it under its own name.</summary>
    private static List<KeyValuePair<string, string?>> ReadFile(string file, Stream? sent)
    {
        using var stream = sent ?? Open(file);
        try
        {
            return [.. JsonSettings.Read(stream).Select(pair => KeyValuePair.Create(YarpSection.Includes(pair.Key) ? pair.Key : ConfigurationPath.Combine(SectionName, pair.Key), pair.Value))];
        }
        catch (FormatException exception)
        {
            // Without the cause, which the message has in it.
            throw new InvalidDataException($"{file}: {(exception.InnerException is JsonException inner ? Explain(inner) : exception.Message)}");
        }
    }

    /// <summary>What is wrong with a settings file, in one line. The library has wrapped that, and where it is, in a message that names the file.</summary>
    private static string Explain(Exception exception) => exception is InvalidDataException { InnerException: FormatException { InnerException: JsonException inner } }
        ? $"{exception.Message} {Explain(inner)}"
        : exception.Message;

    private static FileStream Open(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"cannot read {file}: there is no such file", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new InvalidDataException($"cannot read {file}: {(Directory.Exists(file) ? "it is a folder" : "access is denied")}", exception);
        }
    }

    private static string Explain(JsonException exception)
    {
        var message = exception.Message.Replace(EmptyText, "the text is empty, and the least is {}", StringComparison.Ordinal);
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return $"not valid JSON at line {exception.LineNumber + 1}: {(position < 0 ? message : message[..position])}";
    }
}

/// <summary>A configuration that was read and found right.</summary>
/// <param name="Options">The options.</param>
/// <param name="Services">The service names beside them.</param>
internal sealed record ConfigurationReading(LoadBalancerOptions Options, ServiceDirectory Services)
{
    /// <summary>The settings of the host beside them.</summary>
    public IReadOnlyDictionary<string, string?> Host { get; init; } = Named.Empty<string?>();

    /// <summary>The certificates that they name.</summary>
    public ServerCertificates Certificates { get; init; } = new();

    /// <summary>From where each key came; null when it was not read from anywhere.</summary>
    public ConfigurationOrigins? Origins { get; init; }

    /// <summary>Errors that show only when the configuration is put in force, with where they came from.</summary>
    public ConfigurationException Locate(ConfigurationException exception) => Origins is null ? exception : new ConfigurationException(Origins.Locate(exception.Errors));

    /// <summary>Which engine serves each listener, and why, with where that came from.</summary>
    public IReadOnlyList<ListenerEngine> ChooseEngines()
    {
        var chosen = EngineChoice.Of(Options, Services).Listeners;
        return Origins is null ? chosen : [.. chosen.Select(listener => listener with { Lacks = Origins.Locate(listener.Lacks) })];
    }

    /// <summary>Refuses a configuration by which no request could go anywhere.</summary>
    /// <exception cref="ConfigurationException">There is no cluster, and no route that needs none.</exception>
    public void MustServe()
    {
        if (Options.Clusters.Count == 0 && Options.Routes.Values.All(route => route.AnswersBy is null))
        {
            throw Locate(new ConfigurationException("Clusters", "is missing: there are no servers that requests could go to"));
        }
    }
}
