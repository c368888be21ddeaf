using System.CommandLine;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary>The options that say what a session may do and use, written alike wherever they stand.</summary>
internal static class LimitOptions
{
    public static Option<SessionPermissions?> Permissions(string name, string description) => Values.Gathered<SessionPermissions?>(
        name, "LIST", $"{description}: {PermissionText.Names}.", texts => Nullable(PermissionText.Parse(texts)));

    public static Option<SessionQuotas?> Quota(string description) => Values.Gathered(
        "--quota", "NAME=LIMIT,…", $"{description}: {QuotaText.Names}.", QuotaText.Parse);

    public static Option<string[]> Functions(string description) => new("--function")
    {
        Description = $"A function that may run, * standing for anything; may be repeated. {description}",
        HelpName = "PATTERN",
    };

    private static Parsed<SessionPermissions?> Nullable(Parsed<SessionPermissions> parsed) =>
        parsed.Problem is { } problem ? Parsed<SessionPermissions?>.Wrong(problem) : parsed.Value;
}
