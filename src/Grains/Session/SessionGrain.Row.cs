using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>The session's row: read when somebody needs it, and every change of it.</summary>
internal sealed partial class SessionGrain : IIncomingGrainCallFilter
{
    // Whether what is held may not be what is committed: before the first look, and after a save whose outcome is not known.
    private bool inDoubt = true;

    private bool IsUnread => inDoubt && record is null;

    /// <summary>
    /// Looks into the store before the first call, unless that makes the session: whether there is one already the store finds out as
    /// it writes. Not when the activation begins: why the store cannot be read is for the caller to hear, in words that it can read.
    /// </summary>
    public Task Invoke(IIncomingGrainCallContext context) => IsUnread && !IsMaking(context) ? InvokeRead(context) : context.Invoke();

    private async Task InvokeRead(IIncomingGrainCallContext context)
    {
        using (await Gate.EnterAsync())
        {
            await ReloadIfInDoubt();
        }

        await context.Invoke();
    }

    private static bool IsMaking(IIncomingGrainCallContext context) =>
        context.Request.GetArgumentCount() == 1
        && context.Request.GetArgument(0) is RequestSession or CreateSession { Specification: not null };

    /// <summary>Makes the session without a look whether there is one.</summary>
    /// <returns>The answer; null if it was not made, and everything has to be decided upon what the store has.</returns>
    private async ValueTask<SessionReply?> MakeUnread(SessionCommand command)
    {
        await silo.Policies.RefreshAsync();
        var (facts, missing) = await GatherFacts(command);
        using var turn = await Gate.EnterAsync();
        if (!IsUnread || missing is not null)
        {
            return null;
        }

        // A refusal does not count: should the command have been done before, it is the recorded answer that does.
        var decision = SessionRules.Decide(id, null, command, facts with { Now = silo.Time.GetUtcNow() });
        if (decision.Next is not { } made || await TryCommit(made, decision.Events) != SaveOutcome.Saved)
        {
            return null;
        }

        Continue();
        return AnswerCommitted(command, decision);
    }

    /// <returns>What became of it. If another activation was there before, the record is read anew, and the rules must decide again.</returns>
    private async ValueTask<SaveOutcome> TryCommit(SessionRecord next, ImmutableArray<SessionEvent> events, long takenBack = 0)
    {
        next = RetentionRules.Foresee(next, silo.Options.Retention);
        var accounts = Accounts(next);
        var commit = accounts?.BeginCommit(next);
        var save = new SessionSave(next, events)
        {
            Executions = commit?.Executions ?? [],
            LiveChange = Liveness.Change(record, next),
            Answers = AnswerChanges.Between(record, next, takenBack),
        };
        var hadData = record?.HasData == true;
        var sentAt = silo.Time.GetTimestamp();
        SaveOutcome outcome;
        try
        {
            outcome = await silo.Store.SaveAsync(save, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotWritten(exception, id, next.Version);
            throw new SessionException(Refusals.Unavailable(
                id, $"The store did not write, and nothing was changed: {exception.Message}", silo.Options.RetryAfter));
        }
        catch (Exception exception)
        {
            // It may be written or not: whatever this activation would say from here on could be wrong.
            inDoubt = true;
            admission?.Drop();
            SignalChange();
            DeactivateOnIdle();
            LogOutcomeUnknown(exception, id, next.Version);
            var cause = exception is StoreOutcomeUnknownException ? $" {exception.Message}" : "";
            throw new SessionException(Refusals.OutcomeUnknown(
                id, $"The outcome is not known; repeat the command under the same command id.{cause}", silo.Options.RetryAfter));
        }

        if (outcome.Limit is not null)
        {
            return outcome;
        }

        if (outcome != SaveOutcome.Saved)
        {
            LogLostRace(id, next.Version);
            await Reload();
            return outcome;
        }

        knownSince = record is null ? silo.Time.GetTimestamp() : knownSince;
        record = next;
        inDoubt = false;
        provenAt = OwnershipRules.AfterCommit(provenAt, sentAt, hadData);
        if (commit is { } pending)
        {
            accounts!.EndCommit(pending);
        }

        SignalChange();
        if (!events.IsEmpty)
        {
            silo.Publisher.Publish(events);
            admission?.Tell(next);
        }

        return outcome;
    }

    /// <summary>Who has to hear of a change: where anything is granted, and where rate goes to children or comes back from them.</summary>
    private SessionAdmission? Accounts(SessionRecord next) =>
        admission is not null || next.Grant is not null || !next.Children.IsEmpty || record is { Children.IsEmpty: false } ? Admission : null;

    private ValueTask ReloadIfInDoubt() => inDoubt ? Reload() : ValueTask.CompletedTask;

    private async ValueTask Reload()
    {
        // Should the reading fail, nothing older may be shown either.
        inDoubt = true;
        var sentAt = silo.Time.GetTimestamp();
        try
        {
            record = await silo.Store.ReadAsync(id, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogUnread(id, exception.Message);
            throw new SessionException(Refusals.Unavailable(id, $"The session cannot be read now: {exception.Message}", silo.Options.RetryAfter));
        }

        inDoubt = false;
        provenAt = sentAt;
        OnRead();
        SignalChange();
        Continue();
    }
}
