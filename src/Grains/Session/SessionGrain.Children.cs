using Microsoft.Extensions.Logging;
using Sessions.Core;
using Sessions.Core.Children;

namespace Sessions.Grains.Session;

/// <summary>
/// The session as a parent and as a child. Inside a call only the creation of a child is waited for; ends are told, and trees closed, in
/// the background after the commit that asks for it. What is interrupted there is due, so that the sweep begins it again.
/// </summary>
internal sealed partial class SessionGrain
{
    // One attempt at a time per child, whoever wants it created.
    private Dictionary<SessionId, Task<SessionReply>>? creating;
    private Task familyWork = Task.CompletedTask;
    private SessionStatus familyStage;
    private SessionId opening;
    private bool isLeaving;

    public async ValueTask<OpenChildReply> OpenChild(OpenChildSession command)
    {
        opening = command.Child;
        try
        {
            var reply = await Execute(command);
            return reply.Refusal is null ? await AnswerCommittedOpening(command.Child, reply.Replayed) : new OpenChildReply { Refusal = reply.Refusal };
        }
        finally
        {
            opening = default;
        }
    }

    public async ValueTask<SessionReply> CreateChild(ChildPlan plan)
    {
        await silo.Policies.RefreshAsync();
        var (gathered, missing) = await GatherFacts(plan.Specification, plan.Specification.Namespace, needsPolicy: true);
        var decision = await Advance(current =>
        {
            var decided = ChildRules.Create(id, current, plan, gathered with { Now = silo.Time.GetUtcNow() });
            return missing is not null && decided.Next is not null ? Decision.Refuse(missing) : decided;
        });
        return decision.Refusal is { } refusal ? new SessionReply { Refusal = refusal } : Answer(Version);
    }

    public async ValueTask<SessionRecord?> GetChild(SessionId parent)
    {
        if (record is null || inDoubt)
        {
            using var turn = await Gate.EnterAsync();
            await Reload();
        }
        else
        {
            await Prove();
        }

        return record?.Parent?.Id == parent ? record : null;
    }

    public async ValueTask<SessionStatus> EndWithParent(SessionId parent, long opening)
    {
        await Prove();
        await Advance(current => current is not null && ChildRules.IsOf(current, parent, opening)
            ? ChildRules.EndWithParent(current, FactsNow(current.Namespace))
            : Decision.None);
        return record?.Status ?? SessionStatus.Invalid;
    }

    public async ValueTask<bool> ChildEnded(SessionId child, long opening)
    {
        if (!HasShare(child, opening))
        {
            // Another activation may have opened the child since this one read. Told that nobody misses it, the child would never ask
            // again, and this session would wait for it for ever.
            using var turn = await Gate.EnterAsync();
            await Reload();
        }

        if (HasShare(child, opening) && await Family(child).GetChild(id) is { } ended)
        {
            await Advance(current => current is null ? Decision.None : ChildRules.End(current, ended, FactsNow(current.Namespace)));
        }

        return !HasShare(child, opening);
    }

    /// <summary>Does what the committed state asks for about children and parent, unless that is being done.</summary>
    private void ContinueFamily()
    {
        if (record is null || isLeaving || (!familyWork.IsCompleted && familyStage == record.Status))
        {
            return;
        }

        familyStage = record.Status;
        if (ChildRules.IsUnsettled(record))
        {
            familyWork = Try(SettleWithParent());
        }
        else if (ChildRules.HasWork(record))
        {
            familyWork = Try(Task.WhenAll(record.Children.Select(LookAfter)));
        }
    }

    /// <summary>
    /// Goes on with an opening whose share is committed. Whoever cannot be asked for the child, something has been changed, and the same
    /// command again goes on from there.
    /// </summary>
    private async ValueTask<OpenChildReply> AnswerCommittedOpening(SessionId child, bool replayed)
    {
        try
        {
            var reply = await AnswerOpening(child, replayed);
            return reply.Refusal is { NothingChanged: true } refusal ? reply with { Refusal = refusal with { NothingChanged = false } } : reply;
        }
        catch (SessionException fault) when (fault.Error.NothingChanged)
        {
            throw new SessionException(fault.Error with { NothingChanged = false }, fault);
        }
    }

    private async ValueTask<OpenChildReply> AnswerOpening(SessionId child, bool replayed)
    {
        var share = ChildRules.Share(record!, child);
        var reply = share?.Plan is not null ? await CreateByPlan(share)
            : await Family(child).GetChild(id) is { } created ? new SessionReply { Snapshot = created.ToSnapshot() }
            : new SessionReply { Refusal = Refusals.ChildIdReused(id, child) };
        return reply.Refusal is { } refusal
            ? new OpenChildReply { Refusal = refusal with { Verb = SessionVerb.OpenChild } }
            : new OpenChildReply { Child = reply.Snapshot, Parent = Answer(Version).Snapshot, Replayed = replayed };
    }

    /// <summary>Creates a child that is planned; closes one whose parent is closing.</summary>
    private async Task LookAfter(ChildShare share)
    {
        if (share.Plan is not null && !(share.Id == opening && record!.Status != SessionStatus.Closing)
            && (await CreateByPlan(share)).Refusal is not null)
        {
            return;
        }

        if (!isLeaving && record!.Status == SessionStatus.Closing
            && Lifecycle.IsFinal(await Family(share.Id).EndWithParent(id, share.Opening))
            && HasShare(share.Id, share.Opening))
        {
            await ChildEnded(share.Id, share.Opening);
        }
    }

    private Task<SessionReply> CreateByPlan(ChildShare share)
    {
        creating ??= [];
        if (creating.TryGetValue(share.Id, out var present))
        {
            return present;
        }

        var attempt = CreateOnce(share);
        if (!attempt.IsCompleted)
        {
            creating[share.Id] = attempt;
        }

        return attempt;
    }

    private async Task<SessionReply> CreateOnce(ChildShare share)
    {
        try
        {
            var reply = await FindExcessOfData(share) is { } excess
                ? new SessionReply { Refusal = excess }
                : await Family(share.Id).CreateChild(share.Plan!);
            if (reply.Refusal is { Code: SessionErrorCode.Unavailable or SessionErrorCode.Internal } || isLeaving)
            {
                // It may be created yet. The share stays with its plan, and so the session is due.
                return reply;
            }

            await Advance(current => current is null ? Decision.None
                : reply.Refusal is null ? ChildRules.Confirm(current, share, silo.Time.GetUtcNow())
                : ChildRules.TakeBack(current, share, FactsNow(current.Namespace)));
            if (reply.Refusal is null && !HasShare(share.Id, share.Opening))
            {
                // Another activation has taken the share back, or the end of the child has. Left open, it would use what nobody gave up.
                await Family(share.Id).EndWithParent(id, share.Opening);
                return new SessionReply
                {
                    Refusal = Refusals.OutcomeUnknown(id, "The child was given up while it was created; repeat the command.", silo.Options.RetryAfter),
                };
            }

            return reply;
        }
        finally
        {
            creating!.Remove(share.Id);
        }
    }

    /// <summary>
    /// Whether there are more bytes than the share leaves. Asked after the share was committed: only from then on does nobody put more, so
    /// that the answer holds.
    /// </summary>
    private async ValueTask<SessionError?> FindExcessOfData(ChildShare share) =>
        share.Quotas.DataBytes is not null
        && await silo.Store.ReadAsync(id, CancellationToken.None) is { } stored
        && ChildRules.FindExcessOfData(stored, share, stored.Usage.DataBytes) is { } excess
        && await Family(share.Id).GetChild(id) is null
            ? excess
            : null;

    private async Task SettleWithParent()
    {
        var parent = record!.Parent!;
        if (await Family(parent.Id).ChildEnded(id, parent.Opening) && !isLeaving)
        {
            await Advance(current => current is null ? Decision.None : ChildRules.Settle(current, silo.Time.GetUtcNow()));
        }
    }

    private async Task Try(Task work)
    {
        try
        {
            await work;
        }
#pragma warning disable CA1031 // Nobody waits for it. The session stays due, and whoever wakes it begins again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFamilyInterrupted(exception, id);
        }
    }

    private bool HasShare(SessionId child, long opening) =>
        record is not null && !Lifecycle.IsFinal(record.Status) && ChildRules.Share(record, child)?.Opening == opening;

    private ISessionFamilyControl Family(SessionId other) => GrainFactory.GetGrain<ISessionFamilyControl>(other.ToString());

    [LoggerMessage(105, LogLevel.Warning, "Session {SessionId}: what concerns its parent or its children was interrupted; it is begun again when somebody looks.")]
    private partial void LogFamilyInterrupted(Exception exception, SessionId sessionId);
}
