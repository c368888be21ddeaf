namespace Sessions.Core.Tests.Histories;

/// <summary>What must hold of every record by itself.</summary>
internal static class StateChecks
{
    public static void Check(SessionRecord record, DateTimeOffset now, Action<string, string> report)
    {
        var status = record.Status;
        var neverCreated = status is SessionStatus.Requested or SessionStatus.Cancelled;
        var waiting = status is SessionStatus.Requested or SessionStatus.Creating or SessionStatus.Activating or SessionStatus.Closing;
        var final = status is SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed;

        Fits("CreatedAt", record.CreatedAt is not null, !neverCreated);
        Fits("ExpiresAt", record.ExpiresAt is not null, !neverCreated);
        Fits("Deadline", record.Deadline is not null, waiting);
        Fits("PausedAt", record.PausedAt is not null, status == SessionStatus.Paused);
        Fits("EndedAt", record.EndedAt is not null, final);
        Fits("EndReason", record.EndReason is not null, final || status == SessionStatus.Closing);
        Fits("Failure", record.Failure is not null, status == SessionStatus.Failed || (status == SessionStatus.Closed && record.Failure is not null));
        if (status == SessionStatus.Active)
        {
            Fits("ActivatedAt", record.ActivatedAt is not null, true);
            Fits("RunningSince", record.RunningSince is not null, true);
        }

        if (record.CreatedAt > now || record.EndedAt > now || record.ChangedAt > now || record.CreatedAt < record.RequestedAt)
        {
            report(Promise.TimesFitTheState, $"a time lies in the future, or before the request: {record}");
        }

        var (settings, live) = (record.Configuration.Settings, status is SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused);
        var stopped = status == SessionStatus.Paused && settings.PauseClock == PauseClock.Stops;
        if (SessionClock.DueAt(record) is null && (waiting || (live && settings.AutoExpire && !stopped)))
        {
            report(Promise.EndsByItself, $"{status} is never due");
        }

        // Answers beside the record are forgotten in any state.
        if (SessionClock.DueAt(record with { History = null }) is not null && final)
        {
            report(Promise.EndsByItself, $"{status} is still due");
        }

        void Fits(string what, bool isSet, bool shouldBe)
        {
            if (isSet != shouldBe)
            {
                report(Promise.TimesFitTheState, $"{what} is {(isSet ? "set" : "missing")} in {status}");
            }
        }
    }
}
