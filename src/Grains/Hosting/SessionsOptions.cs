using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Sweeping;
using Sessions.Grains.Session;

namespace Sessions.Grains.Hosting;

/// <summary>How sessions behave on a silo. Equal on every silo of a cluster.</summary>
public sealed class SessionsOptions
{
    /// <summary>How long a reservation stands that states no deadline; 1 s to 1 day, default 1 min.</summary>
    public TimeSpan RequestDeadline { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a provisioner may take to create or to activate; 1 s to 1 day, default 5 min.</summary>
    public TimeSpan ProvisioningDeadline { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a provisioner may take to tear down; 1 s to 1 day, default 5 min.</summary>
    public TimeSpan ClosingDeadline { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the silo looks for sessions that are due; 50 ms to 1 min, default 1 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>What a caller is told to wait after Unavailable; 10 ms to 1 min, default 500 ms.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a lease holds within which its holder admits without asking. Pausing a session whose holder is gone takes so long;
    /// renewing costs two calls in this time. 500 ms to 1 min, default 3 s.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How much longer than its holder a session counts a lease, for clocks that do not run alike. 20 ms to 10 s, default 250 ms.
    /// </summary>
    public TimeSpan LeaseMargin { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How old an activation's last look at its own row may be while it grants or answers: an answer of a session that another node has
    /// taken over is at most so old. After a node was lost, pausing its sessions takes this and a lease. 200 ms to 1 min, default 2 s.
    /// </summary>
    public TimeSpan GrantRight { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How much longer than its lease an execution goes on running whose holder finds no node that answers; it keeps its place as long,
    /// and is cancelled at the end. A client that is gone blocks the places that it had for a lease and this time. Zero cancels at the
    /// end of the lease. 0 to 1 h, default 30 s.
    /// </summary>
    public TimeSpan RunGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long usage may stay uncommitted while nothing else of the session is; never longer than blocks last. 100 ms to 10 min,
    /// default 5 s.
    /// </summary>
    public TimeSpan UsageInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a place that has come free is kept for the next caller in an admission queue, which takes it by asking again; and how much
    /// later than announced a waiting caller may ask before others pass it. Clients ask again at once; lengthen it where they may stand still
    /// for longer. 200 ms to 1 min, default 3 s.
    /// </summary>
    public TimeSpan PlaceConfirmation { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a session's data can still be read after its end, before it is deleted. Holds for sessions that get their first value
    /// from now on. 0 to 365 days, default 1 h.
    /// </summary>
    public TimeSpan DataRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a session is kept after its end, with its log, executions and data; then it is deleted, and its id means nothing any more.
    /// Shorter than before, it holds for sessions that end from now on. 0 to 3,650 days, null for ever; default 7 days.
    /// </summary>
    public TimeSpan? Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a session keeps the answers to its commands, and to writes of its data, however many there are: a command that is repeated
    /// within this time gets its answer, and is refused with CommandTooOld when its answer is forgotten. Longer than clients repeat a command
    /// (<c>RetryBudget</c>) and than a message can be on its way. 1 min to 1 day, default 5 min.
    /// </summary>
    public TimeSpan AnswerWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How far the silo's clock may be from that of the store's server, which all silos of a cluster share. A silo whose clock is further off
    /// does not start; one that runs ends no session and admits nothing. Not used by stores without a server. 100 ms to 1 min, default 1 s.
    /// </summary>
    public TimeSpan ClockTolerance { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The most that namespaces permit, by path; a path holds for all below it, and what several paths say is intersected.
    /// The key <c>*</c> holds everywhere.
    /// </summary>
    public IDictionary<string, SessionCeiling> Ceilings { get; } = new Dictionary<string, SessionCeiling>(StringComparer.Ordinal);

    internal SessionTimings Timings => new()
    {
        RequestDeadline = RequestDeadline,
        ProvisioningDeadline = ProvisioningDeadline,
        ClosingDeadline = ClosingDeadline,
        AnswerWindow = AnswerWindow,
    };

    internal AdmissionTimings AdmissionTimings => new()
    {
        Lease = LeaseDuration,
        Margin = LeaseMargin,
        Right = GrantRight,
        RunGrace = RunGrace,
        Checkpoint = UsageInterval,
    };

    internal SessionCeiling CeilingOf(SessionNamespace @namespace)
    {
        var ceiling = SessionCeiling.None;
        foreach (var (path, bound) in Ceilings)
        {
            if (path == "*" || (SessionNamespace.TryParse(path, out var above) && above.Contains(@namespace)))
            {
                ceiling = ceiling.Intersect(bound);
            }
        }

        return ceiling;
    }
}

/// <summary>Stops a silo that is configured wrongly before it starts.</summary>
internal sealed class SessionsOptionsValidator : IValidateOptions<SessionsOptions>
{
    public ValidateOptionsResult Validate(string? name, SessionsOptions options)
    {
        var failures = new List<string>();
        Check(failures, nameof(options.RequestDeadline), options.RequestDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Check(failures, nameof(options.ProvisioningDeadline), options.ProvisioningDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Check(failures, nameof(options.ClosingDeadline), options.ClosingDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Check(failures, nameof(options.SweepInterval), options.SweepInterval, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.RetryAfter), options.RetryAfter, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.LeaseDuration), options.LeaseDuration, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.LeaseMargin), options.LeaseMargin, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(10));
        Check(failures, nameof(options.GrantRight), options.GrantRight, TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.RunGrace), options.RunGrace, TimeSpan.Zero, TimeSpan.FromHours(1));
        Check(failures, nameof(options.UsageInterval), options.UsageInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Check(failures, nameof(options.PlaceConfirmation), options.PlaceConfirmation, TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1));
        Check(failures, nameof(options.DataRetention), options.DataRetention, TimeSpan.Zero, TimeSpan.FromDays(365));
        Check(failures, nameof(options.Retention), options.Retention ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Check(failures, nameof(options.AnswerWindow), options.AnswerWindow, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
        Check(failures, nameof(options.ClockTolerance), options.ClockTolerance, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        foreach (var (path, ceiling) in options.Ceilings)
        {
            if (path != "*" && !SessionNamespace.TryParse(path, out _))
            {
                failures.Add($"Sessions:Ceilings has '{path}', which is neither a namespace nor '*'.");
            }

            failures.AddRange(ConfigurationRules.FindFaults(new TemplateDefinition { Ceiling = ceiling })
                .Select(fault => $"Sessions:Ceilings:{path}: {fault.Field} {fault.Problem}."));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Check(List<string> failures, string option, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            failures.Add($"Sessions:{option} is {value}; set it between {min} and {max}.");
        }
    }
}
