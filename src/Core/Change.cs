using System.Collections.Immutable;
using Sessions.Core.Children;

namespace Sessions.Core;

/// <summary>
/// One change in the making: keeps version, event sequence, cause and recorded answer in step, and refuses a move that the
/// table does not have.
/// </summary>
internal sealed class Change
{
    private readonly SessionRecord? before;
    private readonly SessionTrigger trigger;
    private readonly SessionCause cause;
    private readonly RecordedAnswer? answer;
    private readonly TimeSpan window;
    private readonly ImmutableArray<SessionEvent>.Builder events = ImmutableArray.CreateBuilder<SessionEvent>();
    private SessionRecord after = null!;

    private Change(
        SessionRecord? before, SessionTrigger trigger, SessionCause cause, RecordedAnswer? answer, DateTimeOffset at, TimeSpan window = default)
    {
        this.before = before;
        this.trigger = trigger;
        this.cause = cause;
        this.answer = answer;
        this.window = window;
        At = at;
    }

    private DateTimeOffset At { get; }

    public static Change By(SessionRecord? before, SessionCommand command, long contentHash, DecisionFacts facts) => new(
        before,
        (SessionTrigger)command.Verb,
        new SessionCause(command.Actor, command.Reason, command.CommandId),
        new RecordedAnswer(command.CommandId, contentHash, (before?.Version ?? 0) + 1, command.Verb),
        facts.Now,
        facts.Timings.AnswerWindow);

    /// <summary>A change that another session's command caused.</summary>
    public static Change Because(SessionRecord? before, SessionTrigger trigger, SessionCause cause, DateTimeOffset at) =>
        new(before, trigger, cause, null, at);

    public static Change ByItself(SessionRecord before, SessionTrigger trigger, DateTimeOffset at) =>
        new(before, trigger, new SessionCause(Principal.System, trigger.ToString(), null), null, at);

    public Change To(SessionRecord record, SessionStatus status)
    {
        if (!Lifecycle.Allows(before?.Status, trigger, status))
        {
            throw new InvalidOperationException($"The life cycle has no move from {before?.Status} by {trigger} to {status}.");
        }

        after = record with
        {
            Status = status,
            Version = (before?.Version ?? 0) + 1,
            LastSequence = before?.LastSequence ?? 0,
            ChangedAt = At,
            EndedAt = Lifecycle.IsFinal(status) ? At : null,
            LastChange = cause,
            Grant = Lifecycle.IsFinal(status) ? null : record.Grant,
            Usage = Lifecycle.IsFinal(status) ? Final(record.Usage) : record.Usage,
            Answers = answer is null ? record.Answers : [.. record.Answers.TakeLast(AnswerRules.InRecord - 1), answer.Value],
            History = answer is null
                ? record.History
                : AnswerRules.Record(record.History, AnswersHeld.In(record), answer.Value.CommandId.IssuedAt, At, window),
        };
        return this;
    }

    /// <param name="type">What happened.</param>
    /// <param name="status">The state to report, where the change passes through one; null for the state it reaches.</param>
    /// <param name="peer">The other session, where the event is about two.</param>
    public Change With(SessionEventType type, SessionStatus? status = null, SessionId? peer = null)
    {
        after = after with { LastSequence = after.LastSequence + 1 };
        events.Add(EventOf(after, type, status ?? after.Status, cause, At) with { Peer = peer });
        return this;
    }

    /// <summary>The event that reports the newest change of <paramref name="after"/>.</summary>
    public static SessionEvent EventOf(
        SessionRecord after, SessionEventType type, SessionStatus status, SessionCause cause, DateTimeOffset at) => new()
        {
            SessionId = after.Id,
            Sequence = after.LastSequence,
            Type = type,
            Namespace = after.Namespace,
            Address = SessionAddress.Derive(after.Creator, after.Id),
            At = at,
            Version = after.Version,
            Cause = cause,
            Status = status,
            ExpiresAt = SessionClock.ExpiresAt(after),
            EndReason = after.EndReason,
            Failure = after.Failure,
            Usage = type == SessionEventType.SessionClosed ? FamilyUsage.Of(after) : null,
            PolicyRevision = type == SessionEventType.PolicyApplied ? after.Bounds?.Revision : null,
        };

    public Decision Commit() => Decision.Commit(after, events.ToImmutable());

    /// <summary>What nobody reported the end of by the end of the session is abandoned.</summary>
    private static SessionUsage Final(SessionUsage usage) => usage with
    {
        Abandoned = usage.Executions - usage.Succeeded - usage.Failed - usage.Cancelled,
    };
}
