using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary>The options that say what session is to be made; 'create' and 'request' share them.</summary>
internal sealed class SpecificationOptions
{
    private readonly Option<SessionNamespace?> within = Values.Parsable<SessionNamespace>(
        "--namespace", "PATH", "Where the session lives, for example acme/eval.");

    private readonly Option<Principal?> creator = Values.Parsable<Principal>("--creator", "P", "Whose it is.");

    private readonly Option<SessionId?> id = Values.Parsable<SessionId>(
        "--id", "ID", "The session's id, to repeat this safely. Default: a new one.");

    private readonly Option<TemplateReference?> template = Values.Parsable<TemplateReference>(
        "--template", "NAME[@V]", "The template to start from.");

    private readonly Option<TimeSpan?> maxDuration = Values.Converted(
        "--max-duration", "DURATION", "How long it may live, for example 1h30m.", DurationText.Parse);

    private readonly Option<SessionPermissions?> allow = LimitOptions.Permissions("--allow", "What executions may do");

    private readonly Option<SessionQuotas?> quota = LimitOptions.Quota("How much may be used");

    private readonly Option<ImmutableSortedDictionary<string, string>?> label = Values.Gathered(
        "--label", "KEY=VALUE", "A mark of your own; may be repeated.", LabelText.Parse);

    private readonly Option<string[]> function = LimitOptions.Functions("Default: all.");

    private readonly Option<bool> autoExpire = new("--auto-expire") { Description = "Close it when its time is up." };

    private readonly Option<bool> noAutoExpire = new("--no-auto-expire") { Description = "Leave it, refusing to execute, when its time is up." };

    private readonly Option<bool> logExecutions = new("--log-executions")
    {
        Description = "Keep the newest 1,000 executions; see 'sessions executions'.",
    };

    private readonly Option<bool> monitor = new("--monitor") { Description = "Keep how long executions take." };

    private readonly Option<PauseClock?> pauseClock = Values.Converted(
        "--pause-clock", "runs|stops", "Whether paused time counts.", PauseClockText.Parse);

    private readonly Option<TimeSpan?> idleTimeout = Values.Converted(
        "--idle-timeout", "DURATION", "How long it may go without an execution.", DurationText.Parse);

    private readonly Option<TimeSpan?> expiryNotice = Values.Converted(
        "--expiry-notice", "DURATION", "How long ahead notice is given of its end; 0s for none.", DurationText.Parse);

    /// <param name="mayInherit">Whether namespace and creator may be left to a parent; see <see cref="RequireUnless"/>.</param>
    public SpecificationOptions(bool mayInherit = false)
    {
        (within.Required, creator.Required) = (!mayInherit, !mayInherit);

        // System.CommandLine asks these of the command; here they are asked of the option, so that both commands have them.
        noAutoExpire.Validators.Add(result =>
        {
            if (result.GetValue(autoExpire) && result.GetValue(noAutoExpire))
            {
                result.AddError("--auto-expire and --no-auto-expire exclude each other.");
            }
        });
    }

    /// <summary>Requires namespace and creator where no parent is stated, in the words in which required options are missed.</summary>
    public Action<CommandResult> RequireUnless(Option<SessionId?> parent) => result =>
    {
        foreach (var option in new Option[] { within, creator }.Where(option => result.GetResult(parent) is null && result.GetResult(option) is null))
        {
            result.AddError($"Option '{option.Name}' is required.");
        }
    };

    public IEnumerable<Symbol> All =>
    [
        within, creator, id, template, maxDuration, allow, quota, label, function, autoExpire, noAutoExpire, logExecutions, monitor,
        pauseClock, idleTimeout, expiryNotice,
    ];

    public SessionId? Id(ParseResult parsed) => parsed.GetValue(id);

    public SessionNamespace Namespace(ParseResult parsed) => parsed.GetValue(within) ?? default;

    public Principal Creator(ParseResult parsed) => parsed.GetValue(creator) ?? default;

    public TemplateReference? Template(ParseResult parsed) => parsed.GetValue(template);

    public SessionOverrides Overrides(ParseResult parsed) => new()
    {
        MaxDuration = parsed.GetValue(maxDuration),
        Permissions = parsed.GetValue(allow),
        FunctionPatterns = parsed.GetValue(function) is { Length: > 0 } patterns ? [.. patterns] : null,
        Quotas = parsed.GetValue(quota),
        AutoExpire = parsed.GetValue(autoExpire) ? true : parsed.GetValue(noAutoExpire) ? false : null,
        ExecutionLogging = parsed.GetValue(logExecutions) ? true : null,
        PerformanceMonitoring = parsed.GetValue(monitor) ? true : null,
        PauseClock = parsed.GetValue(pauseClock),
        IdleTimeout = parsed.GetValue(idleTimeout),
        ExpiryNotice = parsed.GetValue(expiryNotice),
        Labels = parsed.GetValue(label) ?? SessionOverrides.None.Labels,
    };
}
