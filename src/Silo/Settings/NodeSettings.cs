using Microsoft.Extensions.Options;
using Sessions.Grains.Hosting;
using Sessions.Grains.Provisioning;

namespace Sessions.Silo.Settings;

/// <summary>All settings of a node, read and checked before anything is started.</summary>
internal sealed class NodeSettings
{
    private const string Provisioners = "Provisioners";
    private const string ConnectionStrings = "ConnectionStrings";
    private static readonly string[] Sections = [SiloOptions.Section, StorageOptions.Section, Provisioners, ConnectionStrings, "Orleans", "Logging"];

    // Options of the web host and of the host that are not of the node.
    private static readonly string[] HostKeys = ["urls", "environment", "contentRoot", "applicationName", "AllowedHosts", "Kestrel", "hostBuilder"];

    private NodeSettings(
        SiloOptions silo, IConfigurationSection siloSection, IConfigurationSection sessions, StorageOptions storage, IReadOnlyList<(string, CommandProvisionerOptions)> programs) =>
        (Silo, SiloSection, Sessions, Storage, ProvisionerPrograms) = (silo, siloSection, sessions, storage, programs);

    public SiloOptions Silo { get; }

    /// <summary>To be bound to <see cref="SiloOptions"/>.</summary>
    public IConfigurationSection SiloSection { get; }

    /// <summary>To be bound to <see cref="SessionsOptions"/>.</summary>
    public IConfigurationSection Sessions { get; }

    public StorageOptions Storage { get; }

    /// <summary>The programs that provision, by name.</summary>
    public IReadOnlyList<(string Name, CommandProvisionerOptions Options)> ProvisionerPrograms { get; }

    /// <summary>Reads and checks everything.</summary>
    /// <param name="configuration">All sources.</param>
    /// <param name="arguments">The command line, in which a name that is no setting is a fault; the environment has many that are not for us.</param>
    /// <exception cref="InvalidSettingsException">Something cannot be used; it has all faults.</exception>
    public static NodeSettings Read(IConfiguration configuration, IEnumerable<string> arguments)
    {
        var reader = new SettingsReader(configuration);
        reader.Add(FindStrangers(configuration, arguments));

        var siloSection = reader.Read(SiloOptions.Section, typeof(SiloOptions));
        var silo = Bind<SiloOptions>(siloSection);
        reader.Add(new SiloOptionsValidator().Validate(null, silo).Failures ?? []);

        var sessions = reader.Read(
            StorageOptions.Section, typeof(SessionsOptions), StorageOptions.StorageKey, StorageOptions.DataDirectoryKey);
        reader.Add(new SessionsOptionsValidator().Validate(null, Bind<SessionsOptions>(sessions)).Failures ?? []);

        var programs = new List<(string, CommandProvisionerOptions)>();
        foreach (var section in configuration.GetSection(Provisioners).GetChildren())
        {
            var program = Bind<CommandProvisionerOptions>(reader.Read(section.Path, typeof(CommandProvisionerOptions)));
            programs.Add((section.Key, program));
            if (program.FileName.Length == 0)
            {
                reader.Add([$"{section.Path}:FileName is not set. Set the program to run."]);
            }
        }

        StorageOptions? storage = null;
        try
        {
            storage = StorageOptions.Read(configuration);
        }
        catch (InvalidSettingsException fault)
        {
            reader.Add(fault.Faults);
        }

        return storage is not null && reader.Faults.Count == 0
            ? new NodeSettings(silo, siloSection, sessions, storage, programs)
            : throw new InvalidSettingsException(reader.Faults);
    }

    private static T Bind<T>(IConfigurationSection section)
        where T : class, new() => section.Get<T>() ?? new T();

    /// <summary>Settings outside the sections, and sections, that are probably misspelt.</summary>
    private static IEnumerable<string> FindStrangers(IConfiguration configuration, IEnumerable<string> arguments)
    {
        foreach (var section in configuration.GetChildren().Where(one => one.GetChildren().Any() && !IsKnown(one.Key)))
        {
            if (Spelling.Nearest(section.Key, Sections) is { } meant)
            {
                yield return $"{section.Key} is not a section of settings. Did you mean {meant}?";
            }
        }

        foreach (var name in configuration.GetSection(ConnectionStrings).GetChildren().Select(one => one.Key))
        {
            if (!name.Equals(StorageOptions.ConnectionStringName, StringComparison.OrdinalIgnoreCase)
                && Spelling.Nearest(name, [StorageOptions.ConnectionStringName]) is { } meant)
            {
                yield return $"{ConnectionStrings}:{name} is not used. Did you mean {ConnectionStrings}:{meant}?";
            }
        }

        foreach (var key in new ConfigurationBuilder().AddCommandLine([.. arguments]).Build().GetChildren().Select(one => one.Key))
        {
            if (!IsKnown(key) && Spelling.Nearest(key, Sections) is null)
            {
                yield return SectionWith(key) is { } path
                    ? $"--{key} is not an option. Did you mean --{path}?"
                    : $"--{key} is not an option. Options are settings, for example --Silo:GatewayPort=30000; --help lists them.";
            }
        }
    }

    private static bool IsKnown(string key) =>
        Sections.Contains(key, StringComparer.OrdinalIgnoreCase) || HostKeys.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The setting of that name in one of our sections.</summary>
    private static string? SectionWith(string name) => new (string Section, IEnumerable<string> Names)[]
        {
            (SiloOptions.Section, SettingsReader.Names(typeof(SiloOptions))),
            (StorageOptions.Section, [.. SettingsReader.Names(typeof(SessionsOptions)), StorageOptions.StorageKey, StorageOptions.DataDirectoryKey]),
        }
        .Select(one => (one.Section, Name: Spelling.Nearest(name, one.Names)))
        .Where(one => one.Name is not null)
        .Select(one => $"{one.Section}:{one.Name}")
        .FirstOrDefault();
}
