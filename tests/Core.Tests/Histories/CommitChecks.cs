using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>What must hold between the record before a commit and the one after it.</summary>
internal static class CommitChecks
{
    public static void Check(Step step, Action<string, string> report)
    {
        var (before, after, events) = (step.Before, step.After!, step.Decision.Events);
        if (after.Version != (before?.Version ?? 0) + 1)
        {
            report(Promise.VersionsByOne, $"{before?.Version} to {after.Version}");
        }

        if (before is not null && before.Status is SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed)
        {
            report(Promise.FinalIsFinal, $"{before.Status} to {after.Status}");
        }

        if (!ExpectedTable.Moves.Contains(new Transition(before?.Status, step.Trigger, after.Status)))
        {
            report(Promise.MovesOfTheTable, $"{before?.Status} by {step.Trigger} to {after.Status}");
        }

        var sequence = before?.LastSequence ?? 0;
        if (!events.Select(e => e.Sequence).SequenceEqual(events.Select(_ => ++sequence)) || after.LastSequence != sequence)
        {
            report(Promise.DenseEvents, $"[{string.Join(", ", events.Select(e => e.Sequence))}] to {after.LastSequence}");
        }

        if (!events.Select(e => e.Type).SequenceEqual(EventsOf(before?.Status, step.Trigger, after.Status))
            || events.Any(e => e.Version != after.Version || e.At != step.Now || e.SessionId != after.Id)
            || (events.Length > 0 && events[^1].Status != after.Status))
        {
            report(Promise.EventsOfTheMove, $"{before?.Status} by {step.Trigger} to {after.Status}: {string.Join(", ", events)}");
        }

        var command = (step.Input as Input.Command)?.Value;
        var cause = new SessionCause(command?.Actor ?? Principal.System, command?.Reason ?? after.LastChange?.Reason, command?.CommandId);
        if (after.LastChange != cause || events.Any(e => e.Cause != cause) || after.ChangedAt != step.Now)
        {
            report(Promise.CauseIsKept, $"{after.LastChange} instead of {cause}");
        }
    }

    /// <summary>The last column of the design's table.</summary>
    private static SessionEventType[] EventsOf(SessionStatus? from, SessionTrigger trigger, SessionStatus to)
    {
        var notice = trigger == SessionTrigger.TimeUp ? SessionEventType.SessionExpired : SessionEventType.SessionClosing;
        return (trigger, to) switch
        {
            (SessionTrigger.Renew, _) => [SessionEventType.SessionRenewed],
            (SessionTrigger.Adjust, _) => [SessionEventType.SessionAdjusted],
            (SessionTrigger.OpenChild, _) => [SessionEventType.ChildOpened],
            (SessionTrigger.ChildEnded, SessionStatus.Closed) => [SessionEventType.ChildEnded, SessionEventType.SessionClosed],
            (SessionTrigger.ChildEnded, _) => [SessionEventType.ChildEnded],
            (SessionTrigger.DeadlinePassed, SessionStatus.Closing) => [],
            (SessionTrigger.PolicyChanged, _) => [SessionEventType.PolicyApplied],
            (SessionTrigger.EndNear, _) => [SessionEventType.SessionExpiring],
            (SessionTrigger.Resume, _) => [SessionEventType.SessionResumed],
            (_, SessionStatus.Requested) => [SessionEventType.SessionRequested],
            (_, SessionStatus.Cancelled) => [SessionEventType.SessionCancelled],
            (_, SessionStatus.Creating or SessionStatus.Activating) => [],
            (_, SessionStatus.Created) => [SessionEventType.SessionCreated],
            (_, SessionStatus.Active) => [SessionEventType.SessionActivated],
            (_, SessionStatus.Paused) => [SessionEventType.SessionPaused],
            (_, SessionStatus.Closing) => [notice],
            (_, SessionStatus.Closed) => from == SessionStatus.Closing
                ? [SessionEventType.SessionClosed]
                : [notice, SessionEventType.SessionClosed],
            _ => [SessionEventType.SessionFailed],
        };
    }
}
