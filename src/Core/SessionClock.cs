using Sessions.Core.Data;

namespace Sessions.Core;

/// <summary>When a session's time is up. All of it follows from the record and the moment of asking.</summary>
internal static class SessionClock
{
    /// <summary>How long a provisioner may be silent before somebody looks whether it still works.</summary>
    public static readonly TimeSpan ResumeAfter = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ShortestNotice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestNotice = TimeSpan.FromMinutes(5);

    /// <summary>When the duration is over; null before creation, and while a stopped clock leaves it open.</summary>
    public static DateTimeOffset? ExpiresAt(SessionRecord record) => IsClockStopped(record) ? null : record.ExpiresAt;

    /// <summary>When the session will have been idle for too long; null unless it is active with an idle timeout.</summary>
    public static DateTimeOffset? IdleAt(SessionRecord record) =>
        record is { Status: SessionStatus.Active, RunningSince: { } since, Configuration.Settings.IdleTimeout: { } timeout }
            ? Later(since, record.Usage.LastActivityAt ?? since) + timeout
            : null;

    /// <summary>
    /// When notice is to be given of the end; null if it was given, if the end is not known because the clock stands still, or if the
    /// notice would come so late that nobody could do anything about it.
    /// </summary>
    public static DateTimeOffset? NoticeAt(SessionRecord record)
    {
        if (record.Status is not (SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused)
            || ExpiresAt(record) is not { } end || end == record.NoticedEnd)
        {
            return null;
        }

        var usual = Lifetime(record, end) / 10;
        var lead = record.Configuration.Settings.ExpiryNotice ?? (usual < LongestNotice ? usual : LongestNotice);
        return lead < ShortestNotice ? null : end - lead;
    }

    /// <summary>Whether, and why, the time of a session in Created, Active or Paused is up at <paramref name="now"/>; null if it is not.</summary>
    public static EndReason? WhyOver(SessionRecord record, DateTimeOffset now)
    {
        if (record.Status is not (SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused))
        {
            return null;
        }

        // A stopped clock shows the time of the pause; otherwise a session that was over when it was paused could be resumed.
        var shown = IsClockStopped(record) ? record.PausedAt!.Value : now;

        // Whichever came first, however late somebody looks: the reason must not depend on when the sweep came by.
        var (expiresAt, idleAt) = (record.ExpiresAt, IdleAt(record));
        return idleAt <= now && !(expiresAt <= idleAt) ? EndReason.Idle
            : expiresAt <= shown ? EndReason.Expired
            : null;
    }

    /// <summary>The limit that ends the session's time, reached or not: its idle timeout where that has come first, else its end.</summary>
    public static DateTimeOffset? EndedAt(SessionRecord record, DateTimeOffset now) =>
        record.Configuration.Settings.IdleTimeout is not null && WhyOver(record, now) == EndReason.Idle ? IdleAt(record) : record.ExpiresAt;

    /// <summary>When somebody must look at the session next, should nobody call it; null for never.</summary>
    public static DateTimeOffset? DueAt(SessionRecord record) =>
        Earlier(Earlier(OwnDueAt(record), FamilyDueAt(record)), AnswerRules.ForgetAt(record.History));

    /// <summary>
    /// When somebody must look at the session, for one at which time has had its due at <paramref name="now"/>. What is over and stays, because
    /// the session does not close by itself, is nothing to look at any more.
    /// </summary>
    public static DateTimeOffset? WorkAt(SessionRecord record, DateTimeOffset now) =>
        WhyOver(record, now) is null ? DueAt(record) : Earlier(FamilyDueAt(record), AnswerRules.ForgetAt(record.History));

    /// <summary>The first moment after <paramref name="now"/> at which time moves the session, whoever is looking after it; null if there is none.</summary>
    public static DateTimeOffset? NextLimit(SessionRecord record, DateTimeOffset now) =>
        Earlier(
            Earlier(After(record.Deadline, now), After(NoticeAt(record), now)),
            Earlier(After(ExpiresAt(record), now), After(IdleAt(record), now)));

    private static DateTimeOffset? After(DateTimeOffset? moment, DateTimeOffset now) => moment > now ? moment : null;

    private static DateTimeOffset? OwnDueAt(SessionRecord record) => record.Status switch
    {
        SessionStatus.Requested => record.Deadline,
        SessionStatus.Creating or SessionStatus.Activating or SessionStatus.Closing =>
            Earlier(record.Deadline, record.ChangedAt + ResumeAfter),
        SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused => record.Configuration.Settings.AutoExpire
            ? Earlier(NoticeAt(record), Earlier(ExpiresAt(record), IdleAt(record)))
            : NoticeAt(record),
        SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed =>
            Earlier(DataLifecycle.DropAt(record), RetentionRules.LookAt(record)),
        _ => null,
    };

    /// <summary>When somebody must look whether a child was created, or whether its parent has taken notice of its end.</summary>
    private static DateTimeOffset? FamilyDueAt(SessionRecord record)
    {
        if (Lifecycle.IsFinal(record.Status))
        {
            return record.Parent is { Settled: false } ? record.ChangedAt + ResumeAfter : null;
        }

        DateTimeOffset? due = null;
        foreach (var child in record.Children)
        {
            due = child.Plan is null ? due : Earlier(due, child.OpenedAt + ResumeAfter);
        }

        return due;
    }

    /// <summary>How long the session may live, counted from its creation without the time its clock stood still.</summary>
    public static TimeSpan Lifetime(SessionRecord record, DateTimeOffset expiresAt) =>
        expiresAt - record.CreatedAt!.Value - record.ClockStoppedFor;

    /// <summary>The record with its clock running again, if it stood still: the end moves by the length of the pause.</summary>
    public static SessionRecord EndPause(SessionRecord record, DateTimeOffset now)
    {
        var stopped = StoppedFor(record, now);
        return record with
        {
            PausedAt = null,
            ExpiresAt = record.ExpiresAt + stopped,
            ClockStoppedFor = record.ClockStoppedFor + stopped,
        };
    }

    /// <summary>How long the clock has stood still in the present pause.</summary>
    public static TimeSpan StoppedFor(SessionRecord record, DateTimeOffset now) =>
        IsClockStopped(record) ? now - record.PausedAt!.Value : TimeSpan.Zero;

    internal static bool IsClockStopped(SessionRecord record) =>
        record is { Status: SessionStatus.Paused, Configuration.Settings.PauseClock: PauseClock.Stops };

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a >= b ? a : b;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) =>
        a is null || b is null ? a ?? b : a <= b ? a : b;
}
