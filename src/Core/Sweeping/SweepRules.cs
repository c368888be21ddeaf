using Sessions.Core.Children;
using Sessions.Core.Data;

namespace Sessions.Core.Sweeping;

/// <summary>What a sweep does with a session that is due.</summary>
internal enum SweepAction
{
    /// <summary>Nothing before the moment that the step says.</summary>
    PutOff = 1,

    /// <summary>Its grain has to look after it.</summary>
    Wake = 2,

    /// <summary>The change is written without its grain.</summary>
    Write = 3,

    /// <summary>It goes, with all that hangs on it.</summary>
    Delete = 4,
}

/// <summary>What is to be done with a session, and when it is due again.</summary>
/// <param name="Action">What.</param>
/// <param name="Change">What to write, if anything.</param>
/// <param name="DueAt">When it is due again, where nothing is written; null for never.</param>
internal readonly record struct SweepStep(SweepAction Action, Decision Change, DateTimeOffset? DueAt);

/// <summary>Who ends a session whose time is up and that nobody calls: whoever sweeps, or its grain.</summary>
internal static class SweepRules
{
    /// <summary>Decides what becomes of a session that was found due.</summary>
    /// <param name="record">The session.</param>
    /// <param name="facts">The moment of deciding.</param>
    /// <param name="retention">How long sessions are kept after their end; null for ever.</param>
    /// <param name="claim">How long a grain has to look after it before another sweep may take it.</param>
    public static SweepStep Judge(SessionRecord record, DecisionFacts facts, TimeSpan? retention, TimeSpan claim)
    {
        if (Lifecycle.IsFinal(record.Status))
        {
            return JudgeEnded(record, facts, retention, claim);
        }

        var change = SessionRules.LetTimePass(record, facts);
        if (change.Next is not null && HoldsNothing(record))
        {
            return new(SweepAction.Write, change, null);
        }

        // Whoever made it due was slower than the change that made it due later, or the due time is of another version of the program.
        if (change.Next is null && SessionClock.WorkAt(record, facts.Now) is var work && !(work <= facts.Now))
        {
            return new(SweepAction.PutOff, Decision.None, work);
        }

        // Never beyond the next moment that moves it: otherwise a claim could keep a session in a waiting state past its deadline.
        var until = facts.Now + claim;
        return new(SweepAction.Wake, Decision.None, SessionClock.NextLimit(record, facts.Now) is { } next && next < until ? next : until);
    }

    /// <summary>A parent has to hear of the end before its child may go, and data is dropped by the grain that has it in memory.</summary>
    private static SweepStep JudgeEnded(SessionRecord record, DecisionFacts facts, TimeSpan? retention, TimeSpan claim)
    {
        var now = facts.Now;
        var gone = RetentionRules.GoneAt(record, retention);
        var isUnsettled = ChildRules.IsUnsettled(record);
        if (gone <= now && !isUnsettled)
        {
            return new(SweepAction.Delete, Decision.None, null);
        }

        if (isUnsettled || DataLifecycle.DropAt(record) <= now)
        {
            return new(SweepAction.Wake, Decision.None, now + claim);
        }

        var forgetting = SessionRules.ForgetAnswers(record, facts);
        return forgetting.Next is not null
            ? new(SweepAction.Write, forgetting, null)
            : new(SweepAction.PutOff, Decision.None, Earlier(DataLifecycle.DropAt(record) ?? gone, AnswerRules.ForgetAt(record.History)));
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;

    /// <summary>
    /// Whether nothing but the record has to change with it: no leases are out, no place outside has to be torn down, nobody above or below
    /// has to hear of it. An activation in memory sees the time by itself, and that it was changed as soon as it writes.
    /// </summary>
    private static bool HoldsNothing(SessionRecord record) =>
        record is { Grant: null, Parent: null, Children.IsEmpty: true }
        && (record.Provisioner is null || record.Status == SessionStatus.Requested);
}
