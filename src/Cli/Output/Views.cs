using System.Globalization;
using Sessions.Cli.Parsing;
using Sessions.Cli.Replay;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Results for people. What came from outside goes in as text, never as markup.</summary>
internal static class Views
{
    public static IRenderable Session(SessionSnapshot session, DateTimeOffset now)
    {
        var table = Facts();
        Row(table, "id", session.Id.ToString());
        Row(table, "address", session.Address.ToString());
        Row(table, "namespace", session.Namespace.ToString());
        Row(table, "creator", session.Creator.ToString());
        table.AddRow(new Cell("status"), new Cell(Ending(session), new Style(ColorOf(session.Status))));
        Row(table, "version", Number(session.Version));
        Row(table, "template", session.Template?.ToString());
        Row(table, "parent", session.Parent?.ToString());
        Row(table, "open children", session.Children.IsEmpty ? null : string.Join('\n', session.Children));
        Row(table, session.CreatedAt is null ? "requested" : "created", Time(session.CreatedAt ?? session.RequestedAt, now));
        Row(table, "activated", Time(session.ActivatedAt, now));
        Row(table, "expires", session.EndedAt is null ? Time(session.ExpiresAt, now) : null);
        Row(table, "idle", session.EndedAt is null ? Time(session.IdleAt, now) : null);
        Row(table, "deadline", Time(session.Deadline, now));
        Row(table, "ended", Time(session.EndedAt, now));
        Row(table, "failure", session.Failure);
        Configuration(table, session.Configuration);
        Quotas(table, session.Configuration.Quotas, session.Usage);
        Activity(table, session.Usage, now);
        if (session.LastChange is { } change)
        {
            Row(table, "changed by", change.Actor + (change.Reason is { Length: > 0 } reason ? $": {reason}" : ""));
        }

        return table;
    }

    public static IRenderable Template(SessionTemplate template, DateTimeOffset now)
    {
        var table = Facts();
        Row(table, "template", $"{template.Name}@{template.Version}");
        Row(table, "set", $"{Time(template.SetAt, now)} by {template.SetBy}");
        Row(table, "description", template.Definition.Description);
        Row(table, "provisioner", template.Definition.Provisioner);
        Row(table, "max duration", DurationText.Write(template.Definition.Configuration.MaxDuration));
        Configuration(table, template.Definition.Configuration);
        Quotas(table, template.Definition.Configuration.Quotas, usage: null);
        var ceiling = template.Definition.Ceiling;
        Row(table, "ceiling: max duration", ceiling.MaxDuration is { } longest ? DurationText.Write(longest) : null);
        Row(table, "ceiling: permissions", ceiling.Permissions is { } most ? Permissions(most) : null);
        Quotas(table, ceiling.Quotas, usage: null, prefix: "ceiling: ");
        return table;
    }

    public static IRenderable Data(IEnumerable<DataEntry> entries)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("key", "version", "bytes");
        foreach (var entry in entries)
        {
            table.AddRow(new Cell(Plain.Clean(entry.Key.ToString())), new Cell(Number(entry.Version)), new Cell(Number(entry.Size)));
        }

        return table.Rows.Count == 0 ? new Text("") : table;
    }

    public static IRenderable Templates(IEnumerable<SessionTemplate> templates, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("template", "max duration", "permissions", "set", "description");
        foreach (var template in templates)
        {
            table.AddRow(
                new Cell($"{template.Name}@{template.Version}"),
                new Cell(DurationText.Write(template.Definition.Configuration.MaxDuration)),
                new Cell(Permissions(template.Definition.Configuration.Permissions)),
                new Cell($"{Time(template.SetAt, now)} by {template.SetBy}"),
                new Cell(template.Definition.Description ?? ""));
        }

        return table;
    }

    /// <summary>One event on one line.</summary>
    public static IRenderable Event(SessionEvent e)
    {
        string[] words =
        [
            e.At.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            e.SessionId.ToString(),
            Number(e.Sequence),
            e.Type.ToString(),
            e.EndReason is { } why ? $"({why})" : "",
            e.Peer is { } peer ? peer.ToString() : "",
            $"by {e.Cause.Actor}" + (e.Cause.Reason is { Length: > 0 } reason ? $": {reason}" : ""),
            e.Failure is { } failure ? $"[{failure}]" : "",
            e.Namespace.ToString(),
        ];
        return new Text(Plain.Clean(string.Join(' ', words.Where(word => word.Length > 0))).ReplaceLineEndings(" ") + Environment.NewLine);
    }

    public static IRenderable Counts(IReadOnlyDictionary<SessionStatus, long> counts)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("status").AddColumn(new TableColumn("sessions").RightAligned());
        foreach (var (status, count) in counts)
        {
            table.AddRow(new Cell(status.ToString(), new Style(ColorOf(status))), new Cell(Number(count)));
        }

        return table.AddRow(new Cell("total"), new Cell(Number(counts.Values.Sum())));
    }

    public static IRenderable Decision(AdmissionDecision decision, bool explain, SessionSnapshot? bound = null)
    {
        var lines = new List<IRenderable>();
        if (explain && !decision.Trace.IsEmpty)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumns("step", "", "margin");
            foreach (var check in decision.Trace)
            {
                table.AddRow(
                    new Cell(Words(check.Step)),
                    new Cell(check.Passed ? "passed" : "REFUSED", new Style(check.Passed ? Color.Green : Color.Red)),
                    new Cell(check.Margin ?? ""));
            }

            lines.Add(table);
        }

        if (bound is { Ceiling: { } ceiling, PolicyRevision: var revision })
        {
            lines.Add(PolicyViews.Bounds(ceiling, revision));
        }

        lines.Add(new Cell(decision.Refusal is { } refusal
            ? $"refused: {refusal.Code}: {Plain.Clean(refusal.Message)}"
            : "allowed"));
        if (decision.Refusal is { } why && ErrorReport.Of(why).Hint is { } hint)
        {
            lines.Add(new Cell("hint: " + Plain.Clean(hint)));
        }

        return new Rows(lines);
    }

    public static IRenderable Executions(IEnumerable<ExecutionRecord> executions)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn(new TableColumn("sequence").RightAligned())
            .AddColumns("function", "started")
            .AddColumn(new TableColumn("duration").RightAligned())
            .AddColumn("outcome")
            .AddColumn(new TableColumn("depth").RightAligned());
        foreach (var execution in executions)
        {
            table.AddRow(
                new Cell(Number(execution.Sequence)),
                new Cell(execution.Function.ToString()),
                new Cell(execution.StartedAt.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
                new Cell(Short(execution.Duration)),
                new Cell(execution.Outcome.ToString(), new Style(ColorOf(execution.Outcome))),
                new Cell(Number(execution.Depth)));
        }

        return table;
    }

    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    internal static Table Facts() => new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");

    internal static void Row(Table table, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            table.AddRow(new Cell(name), new Cell(value));
        }
    }

    private static void Configuration(Table table, SessionConfiguration configuration)
    {
        Row(table, "permissions", Permissions(configuration.Permissions));
        Row(table, "functions", string.Join(", ", configuration.FunctionPatterns));
        var settings = configuration.Settings;
        Row(table, "settings", string.Join(", ", new[]
        {
            settings.AutoExpire ? null : "stays when its time is up",
            settings.ExecutionLogging ? "logs executions" : null,
            settings.PerformanceMonitoring ? "keeps latencies" : null,
            settings.PauseClock == PauseClock.Stops ? "clock stops in pauses" : null,
            settings.IdleTimeout is { } idle ? $"ends after {DurationText.Write(idle)} idle" : null,
            settings.ExpiryNotice is { } notice ? $"notice {DurationText.Write(notice)} ahead" : null,
        }.OfType<string>()));
        Row(table, "labels", string.Join(", ", configuration.Labels.Select(label => $"{label.Key}={label.Value}")));
    }

    internal static void Quotas(Table table, SessionQuotas quotas, SessionUsage? usage, string prefix = "")
    {
        Quota("executions", usage is null ? null : Number(usage.Executions), quotas.Executions is { } executions ? Number(executions) : null);
        Quota("concurrent", null, quotas.Concurrent is { } concurrent ? Number(concurrent) : null);
        Quota("per second", null, quotas.PerSecond is { } rate ? Number(rate) : null);
        Quota(
            "compute time",
            usage is null ? null : DurationText.Write(usage.ComputeTime),
            quotas.ComputeTime is { } compute ? DurationText.Write(compute) : null);
        Quota("data bytes", usage is null ? null : Number(usage.DataBytes), quotas.DataBytes is { } bytes ? Number(bytes) : null);
        Quota("children", usage is null ? null : Number(usage.Children), quotas.Children is { } children ? Number(children) : null);

        void Quota(string name, string? used, string? limit) => Row(table, prefix + name, (used, limit) switch
        {
            (null, null) => null,
            (null, _) => limit,
            (_, null) => $"{used} used",
            _ => $"{used} used of {limit}",
        });
    }

    private static void Activity(Table table, SessionUsage usage, DateTimeOffset now)
    {
        if (usage.Executions > 0)
        {
            var unsettled = usage.Executions - usage.Succeeded - usage.Failed - usage.Cancelled - usage.Abandoned;
            (long Count, string Outcome)[] parts =
            [
                (usage.Succeeded, "succeeded"), (usage.Failed, "failed"), (usage.Cancelled, "cancelled"), (usage.Abandoned, "abandoned"),
                (unsettled, "not settled"),
            ];
            Row(table, "outcomes", string.Join(", ", parts.Where(part => part.Count > 0).Select(part => $"{Number(part.Count)} {part.Outcome}")));
        }

        if (usage.Forfeited > 0)
        {
            Row(table, "forfeited", $"{Number(usage.Forfeited)} executions, leased to clients that are gone");
        }

        Row(table, "first activity", Time(usage.FirstActivityAt, now));
        Row(table, "last activity", Time(usage.LastActivityAt, now));
        if (usage.Latencies is { Total: > 0 } latencies)
        {
            Row(table, "latency", string.Join(", ", new[] { (50, 0.50), (90, 0.90), (99, 0.99) }
                .Select(rank => $"p{rank.Item1} {Short(latencies.Percentile(rank.Item2))}")));
        }

        Row(table, "not logged", usage.LogDropped > 0 ? $"{Number(usage.LogDropped)} executions, too many at once" : null);
    }

    /// <summary>A duration that may be far shorter than those that people write.</summary>
    private static string Short(TimeSpan duration) => duration < TimeSpan.FromSeconds(1)
        ? duration.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + "ms"
        : DurationText.Write(TimeSpan.FromMilliseconds((long)duration.TotalMilliseconds));

    private static string Words(AdmissionStep step) => step switch
    {
        AdmissionStep.PerSecond => "per second",
        AdmissionStep.ComputeTime => "compute time",
        _ => step.ToString().ToLowerInvariant(),
    };

    private static Color ColorOf(ExecutionOutcome outcome) => outcome switch
    {
        ExecutionOutcome.Succeeded => Color.Green,
        ExecutionOutcome.Failed => Color.Red,
        _ => Color.Yellow,
    };

    internal static string Ending(SessionSnapshot session) =>
        session.EndReason is { } reason ? $"{session.Status} ({reason})" : session.Status.ToString();

    internal static string Permissions(SessionPermissions permissions) =>
        permissions == SessionPermissions.None ? "none" : string.Join(", ", PermissionText.Write(permissions));

    internal static string? Time(DateTimeOffset? time, DateTimeOffset now)
    {
        if (time is not { } at)
        {
            return null;
        }

        return $"{at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)} ({Distance(at, now)})";
    }

    /// <summary>How far a time is from now, to the second.</summary>
    internal static string? Distance(DateTimeOffset? time, DateTimeOffset now)
    {
        if (time is not { } at)
        {
            return null;
        }

        var text = DurationText.Write(TimeSpan.FromSeconds(Math.Abs(Math.Round((at - now).TotalSeconds))));
        return at >= now ? $"in {text}" : $"{text} ago";
    }

    internal static Color ColorOf(SessionStatus status) => status switch
    {
        SessionStatus.Active => Color.Green,
        SessionStatus.Failed => Color.Red,
        SessionStatus.Closed or SessionStatus.Cancelled => Color.Grey,
        _ => Color.Yellow,
    };
}
