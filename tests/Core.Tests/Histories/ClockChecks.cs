namespace Sessions.Core.Tests.Histories;

/// <summary>Computes a session's end anew from what happened to it, as the moment at which it would end were its clock running.</summary>
internal sealed class ClockChecks(Action<string, string> report)
{
    private DateTimeOffset? noticed;
    private DateTimeOffset? end;
    private DateTimeOffset? pausedAt;
    private DateTimeOffset? runningSince;
    private TimeSpan stoodStill;

    public void Check(Step step)
    {
        if (step.IsCommit)
        {
            CheckEarliness(step);
            Follow(step);
            if (SessionClock.ExpiresAt(step.After!) != (IsStopped(step.After!) ? null : end))
            {
                report(Promise.EndIsRight, $"{SessionClock.ExpiresAt(step.After!)} instead of {end} in {step.After!.Status}");
            }
        }
        else if (step is { Input: Input.TimePasses, After: { } after })
        {
            if ((after.Configuration.Settings.AutoExpire && IsOver(after, step.Now)) || IsLate(after, step.Now))
            {
                report(Promise.OverIsOver, $"{after.Status} at {step.Now}");
            }
        }
    }

    private void Follow(Step step)
    {
        var (before, after, now) = (step.Before, step.After!, step.Now);
        if (before?.CreatedAt is null && after.CreatedAt is not null)
        {
            end = now + after.Configuration.MaxDuration;
        }

        if (after.Status == SessionStatus.Paused && before?.Status != SessionStatus.Paused)
        {
            pausedAt = now;
        }

        if (step.Input is Input.Command { Value: RenewSession renew })
        {
            end = renew.By is { } by ? end + by : renew.Until - StoodStill(before!, now);
        }

        if (step.Input is Input.PolicyChanges { Policy.Ceiling.MaxDuration: { } most } && after.CreatedAt + stoodStill + most is var bound && bound < end)
        {
            end = bound;
        }

        if (before?.Status == SessionStatus.Paused && after.Status != SessionStatus.Paused)
        {
            stoodStill += StoodStill(before, now);
            end += StoodStill(before, now);
        }

        if (after.Status == SessionStatus.Active && before?.Status != SessionStatus.Active)
        {
            runningSince = now;
        }
    }

    private void CheckEarliness(Step step)
    {
        if (step.Trigger == SessionTrigger.EndNear)
        {
            CheckNotice(step);
            return;
        }

        if (step is { Input: Input.TimePasses, Before: { } before } && !IsOver(before, step.Now) && !IsLate(before, step.Now))
        {
            report(Promise.NotTooEarly, $"{before.Status} at {step.Now}, before {end} and {before.Deadline}");
        }

        if (step is { Before: { } over, Trigger: SessionTrigger.Activate or SessionTrigger.Resume } && IsOver(over, step.Now))
        {
            report(Promise.OverIsOver, $"{step.Trigger} at {step.Now}, after {end}");
        }
    }

    /// <summary>Of every end once, within its last tenth and never more than five minutes ahead, and not of one that is over.</summary>
    private void CheckNotice(Step step)
    {
        var record = step.Before!;
        var lead = (end!.Value - record.CreatedAt!.Value - stoodStill) / 10;
        lead = lead < TimeSpan.FromMinutes(5) ? lead : TimeSpan.FromMinutes(5);
        if (IsStopped(record) || IsOver(record, step.Now) || step.Now < end - lead || noticed == end)
        {
            report(Promise.NotTooEarly, $"notice at {step.Now} of {end} in {record.Status}");
        }

        noticed = end;
    }

    /// <summary>Whether the time of a live session is up. A clock that stands still shows the moment of the pause.</summary>
    private bool IsOver(SessionRecord record, DateTimeOffset now) =>
        record.Status is SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused
        && (end <= now - StoodStill(record, now)
            || (record.Status == SessionStatus.Active && runningSince + record.Configuration.Settings.IdleTimeout <= now));

    private static bool IsLate(SessionRecord record, DateTimeOffset now) =>
        record.Status is SessionStatus.Requested or SessionStatus.Creating or SessionStatus.Activating or SessionStatus.Closing
        && (record.Deadline is null || record.Deadline <= now);

    private TimeSpan StoodStill(SessionRecord record, DateTimeOffset now) =>
        IsStopped(record) ? now - pausedAt!.Value : TimeSpan.Zero;

    private static bool IsStopped(SessionRecord record) =>
        record.Status == SessionStatus.Paused && record.Configuration.Settings.PauseClock == PauseClock.Stops;
}
