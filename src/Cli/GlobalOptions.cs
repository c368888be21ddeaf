using System.CommandLine;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public const string GatewayVariable = "SESSIONS_GATEWAY";

    private readonly Option<string[]> gateway = new("--gateway")
    {
        Description = $"A silo's gateway; may be repeated. Default: {GatewayVariable} (separated by commas), "
            + $"else {SessionsClientOptions.DefaultGateway}.",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    private readonly Option<string> clusterId = new("--cluster-id")
    {
        Description = "The cluster's id.",
        HelpName = "ID",
        Recursive = true,
        DefaultValueFactory = _ => SessionsDefaults.ClusterId,
    };

    private readonly Option<string> serviceId = new("--service-id")
    {
        Description = "The cluster's service id.",
        HelpName = "ID",
        Recursive = true,
        DefaultValueFactory = _ => SessionsDefaults.ServiceId,
    };

    private readonly Option<bool> json = new("--json")
    {
        Description = "Print one JSON object (camelCase, durations in ISO 8601, latencies in milliseconds); errors too, on stderr.",
        Recursive = true,
    };

    private readonly Option<Principal?> actor = Values.Parsable<Principal>("--actor", "P", "Who acts. Default: the user.");

    private readonly Option<TimeSpan?> timeout = Values.Converted(
        "--timeout", "DURATION", "How long to try, 100ms to 1h: to connect, and to have an answer. Default: 10s.", ParseTimeout);

    private readonly Option<bool> verbose = new("--verbose")
    {
        Description = "Log on stderr.",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        (actor.Recursive, timeout.Recursive) = (true, true);
        foreach (var option in (Option[])[gateway, clusterId, serviceId, json, actor, timeout, verbose])
        {
            root.Options.Add(option);
        }
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    public ConnectionSettings Connection(ParseResult parsed, Func<string, string?> variable)
    {
        var named = parsed.GetValue(gateway) is { Length: > 0 } stated
            ? stated
            : (variable(GatewayVariable) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new ConnectionSettings(
            named is [] ? [SessionsClientOptions.DefaultGateway] : named,
            parsed.GetValue(clusterId)!,
            parsed.GetValue(serviceId)!,
            parsed.GetValue(actor),
            parsed.GetValue(timeout) ?? TimeSpan.FromSeconds(10),
            parsed.GetValue(verbose));
    }

    private static Parsed<TimeSpan> ParseTimeout(string text) =>
        DurationText.Parse(text) is { Problem: null, Value: var value } && (value < TimeSpan.FromMilliseconds(100) || value > TimeSpan.FromHours(1))
            ? Parsed<TimeSpan>.Wrong($"is {Plain.Quote(text)}, not between 100ms and 1h")
            : DurationText.Parse(text);
}
