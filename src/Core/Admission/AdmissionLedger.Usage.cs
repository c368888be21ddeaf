using System.Collections.Immutable;

namespace Sessions.Core.Admission;

/// <summary>What has been used, as it goes into commits.</summary>
internal sealed partial class AdmissionLedger
{
    private readonly List<ExecutionRecord> log = [];

    private Tally used;
    private DateTimeOffset? firstActivity;
    private DateTimeOffset? lastActivity;
    private LatencyHistogram? latencies;
    private long logDropped;
    private long debitedExecutions;
    private TimeSpan debitedComputeTime;

    // Of everything that a commit would write; what changes while one is under way is for the next.
    private long changes;
    private long committedChanges;
    private long committingChanges;
    private int committingLog;

    /// <summary>Whether there is usage that no commit has.</summary>
    public bool IsDirty => changes != committedChanges;

    /// <summary>Takes over what a record says that was committed, by this activation or by another that left the mark alone.</summary>
    public void Follow(SessionRecord record)
    {
        quotas = EffectiveTerms.Quotas(record);
        debitedExecutions = record.Grant?.Executions ?? record.Usage.ChargedExecutions;
        debitedComputeTime = record.Grant?.ComputeTime ?? record.Usage.ChargedComputeTime;
    }

    /// <summary>
    /// Says what is on its way into the store. What that gives back may not go out from here on, whatever becomes of it, nor anything to
    /// whom it does not list any more.
    /// </summary>
    public void BeginCommit(SessionRecord next)
    {
        debitedExecutions = Math.Min(debitedExecutions, next.Grant?.Executions ?? 0);
        debitedComputeTime = Min(debitedComputeTime, next.Grant?.ComputeTime ?? TimeSpan.Zero);
        Unlist(next.Grant);
        (committingChanges, committingLog) = (changes, log.Count);
    }

    /// <summary>Says that the commit that was begun last is done.</summary>
    public void EndCommit(SessionRecord committed)
    {
        Follow(committed);
        committedChanges = committingChanges;
        FollowLists(committed.Grant);

        // Entries that came while the log was full pushed as many out at its beginning, which were written all the same.
        log.RemoveRange(0, Math.Min(committingLog, log.Count));
    }

    /// <summary>The record with the usage as known now, and with a mark that covers what is out, or none if nothing is.</summary>
    /// <param name="record">As committed.</param>
    /// <param name="now">The moment.</param>
    /// <param name="giveBack">Whether what is debited and not out goes back.</param>
    public SessionRecord Overlay(SessionRecord record, in Moment now, bool giveBack)
    {
        if (RunningNow > 0)
        {
            NoteRunning(now.Utc);
        }

        var (executions, time) = (used.ChargedExecutions + executionsOut, used.ChargedComputeTime + computeTimeOut + reserved);
        return record with
        {
            Usage = record.Usage with
            {
                Executions = used.Executions,
                Succeeded = used.Succeeded,
                Failed = used.Failed,
                Cancelled = used.Cancelled,
                Abandoned = used.Abandoned,
                ComputeTime = used.ComputeTime,
                Forfeited = used.Forfeited,
                ForfeitedComputeTime = used.ForfeitedComputeTime,
                FirstActivityAt = firstActivity,
                LastActivityAt = lastActivity,
                Latencies = latencies,
                LogDropped = logDropped,
            },
            Grant = record.Grant is not { } mark || (giveBack && IsClean(now.Milliseconds)) ? null : List(mark with
            {
                Executions = giveBack ? executions : Math.Max(mark.Executions, executions),
                ComputeTime = giveBack ? time : Max(mark.ComputeTime, time),
            }),
            LastExecution = record.LastExecution + log.Count,
        };
    }

    /// <summary>Logged executions that no commit has yet, numbered to follow <paramref name="last"/>.</summary>
    public ImmutableArray<ExecutionRecord> PendingLog(long last) =>
        [.. log.Select((entry, i) => entry with { Sequence = last + 1 + i })];

    private void Touch(DateTimeOffset at)
    {
        var before = (firstActivity, lastActivity);
        firstActivity = firstActivity is { } first && first <= at ? first : at;
        lastActivity = Latest(lastActivity, at);
        changes += before == (firstActivity, lastActivity) ? 0 : 1;
    }

    /// <summary>Takes note of when something ran by a report: now, if it still runs; else at the last admission or end that it tells of.</summary>
    private void TakeActivity(LeaseReport before, LeaseReport report, DateTimeOffset now)
    {
        if (report.SinceFirst is { } sinceFirst && report.Admitted > 0)
        {
            Touch(now - sinceFirst);
        }

        if (report.SinceLast is { } sinceLast && report.Admitted > before.Admitted)
        {
            Touch(now - sinceLast);
        }

        if (report.Running > 0)
        {
            NoteRunning(now);
        }

        if (report.SinceLastEnd is { } sinceEnd && report.Admitted - report.Running > before.Admitted - before.Running)
        {
            Touch(now - sinceEnd);
        }
    }

    /// <summary>
    /// What runs is active now. Kept, so that a report which says when it ended moves nothing back that was shown or committed. No reason to
    /// commit by itself: a session would be written every few seconds for as long as something runs.
    /// </summary>
    private void NoteRunning(DateTimeOffset now) => lastActivity = Latest(lastActivity, now);

    private static DateTimeOffset Latest(DateTimeOffset? known, DateTimeOffset at) => known is { } last && last >= at ? last : at;

    private void TakeLog(LeaseAccount account, LeaseReport report)
    {
        logDropped += Math.Max(0, report.LogStart - account.LogTaken);
        foreach (var entry in report.Log.Skip((int)Math.Clamp(account.LogTaken - report.LogStart, 0, report.Log.Length)))
        {
            Log(entry);
        }

        account.LogTaken = Math.Max(account.LogTaken, report.LogStart + report.Log.Length);
    }

    private void Log(ExecutionRecord entry)
    {
        if (log.Count == ReportRules.MaxLog)
        {
            log.RemoveAt(0);
            logDropped++;
        }

        log.Add(entry);
        changes++;
    }
}
