using Sessions.Grains.Hosting;
using Sessions.Silo.Settings;

namespace Sessions.Silo;

/// <summary>What <c>--help</c> prints.</summary>
internal static class NodeHelp
{
    public static string Text { get; } =
        $"""
        A node of Sessions.

        usage: Sessions.Silo [--SECTION:NAME=VALUE …]
               Sessions.Silo store copy --from FOLDER --to CONNECTION-STRING
               Sessions.Silo --version | --help

        Settings come from appsettings.json beside the program, the environment (Silo__GatewayPort=30000), and the command line
        (--Silo:GatewayPort=30000); a later source overrides an earlier one. Durations: 500ms, 3s, 1h30m, 7d, 00:00:03.

          ConnectionStrings:{StorageOptions.ConnectionStringName}
          {StorageOptions.Section}:{StorageOptions.StorageKey}, {StorageOptions.DataDirectoryKey}
          {List(SiloOptions.Section, typeof(SiloOptions))}
          {List(StorageOptions.Section, typeof(SessionsOptions))}
          Provisioners:NAME:FileName, Arguments
          Orleans:Streaming:lifecycle, notify
          Logging:LogLevel:CATEGORY

        docs/operations.md has their meaning and defaults.

        Exit codes: {ExitCodes.Stopped} stopped; {ExitCodes.Configuration} a setting is wrong; {ExitCodes.Outside} the store or the cluster cannot be used, or the cluster declared the node
        dead; {ExitCodes.Failed} something unexpected.

        """;

    private static string List(string section, Type type) =>
        string.Join(Environment.NewLine + "    ", SettingsReader.Names(type).Chunk(6).Select((names, i) => (i == 0 ? section + ":" : "") + string.Join(", ", names)));
}
