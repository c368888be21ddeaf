using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Isolation;
using Sessions.Grains.Isolation;

namespace Sessions.Grains.Session;

/// <content>Keeps the session to what policies say, which may change while it lives.</content>
internal sealed partial class SessionGrain : ISessionPolicyControl, ISessionTurn
{
    private static readonly TimeSpan EarlyPatience = TimeSpan.FromMilliseconds(500);

    // The revision of the book at which the record was found to be bound to what policies say.
    private long boundAt = Never;
    private Task binding = Task.CompletedTask;

    SessionError? ISessionRow.Unbound => Unbound;

    public async ValueTask<SessionError?> Bind(long revision)
    {
        if (silo.Policies.Revision < revision)
        {
            await silo.Policies.LookAsync();
        }

        await MakeCurrent(0, patient: true);
        return record is null || Lifecycle.IsFinal(record.Status) || IsBound ? null : PolicyUnknown();
    }

    public ValueTask<SessionReply> ActivateInTurn(ActivateSession command) => Execute(command, isInTurn: true);

    /// <summary>Whether what the session is bound to is what policies say now. Asked by every admission, so it costs next to nothing.</summary>
    private bool IsBound => silo.Policies.Revision == boundAt && silo.Policies.IsFresh;

    // Of a session that is not active there is more to say than this, and it is said elsewhere.
    private SessionError? Unbound => IsBound || record is not { Status: SessionStatus.Active } ? null : PolicyUnknown();

    /// <summary>
    /// Binds the session to what policies say now. Until that is done nothing more is granted; what runs goes on until the fence is
    /// through, and while policies cannot be known for no longer than its leases.
    /// </summary>
    /// <param name="patient">Whether to wait for a fence; otherwise it is done behind the caller's back.</param>
    private async ValueTask KeepToPolicy(bool patient)
    {
        if (IsBound)
        {
            return;
        }

        await silo.Policies.RefreshAsync();
        if (record is not null && silo.Policies.Of(record.Namespace) is { } known && PolicyRules.IsBehind(known, record))
        {
            await silo.Policies.LookAsync();
        }

        if (FindBinding() is not { } next)
        {
            return;
        }

        if (binding.IsCompleted)
        {
            binding = BindNow();
        }

        if (patient || !GrantRules.NeedsFence(record!, next))
        {
            await binding;
        }
        else
        {
            binding.Ignore();
        }
    }

    /// <summary>
    /// Asks the policies that count the session whether one more may be live, so that a crowd at a full namespace is not the store's to turn
    /// away. Only early: who is let pass here may still be refused by the store, and where nobody answers in time the store decides alone.
    /// </summary>
    private async ValueTask<SessionError?> AskEarly(SessionCommand command)
    {
        if (command is not ActivateSession || record is not { Status: SessionStatus.Created } || silo.Policies.Of(record.Namespace) is not { } policy)
        {
            return null;
        }

        foreach (var limit in policy.LiveLimits)
        {
            try
            {
                var answer = GrainFactory.GetIsolationPolicy(limit.Namespace).Admit(id);
                if (await answer.AsTask().WaitAsync(EarlyPatience, TimeProvider.System) is { } refusal)
                {
                    return refusal with { Status = record?.Status, ActualVersion = Version };
                }
            }
#pragma warning disable CA1031 // The grain may be on a silo that is just dying; nothing depends on its answer.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogNotAsked(exception, id, limit.Namespace);
                return null;
            }
        }

        return null;
    }

    private async Task BindNow()
    {
        await Advance(current => current is not null && Policy(current) is { } policy
            ? PolicyRules.Apply(current, policy, silo.Time.GetUtcNow())
            : Decision.None);
        FindBinding();
    }

    /// <summary>What the session has to become; null, and noted, if it is what it has to be, and null if that cannot be known.</summary>
    private SessionRecord? FindBinding()
    {
        // Before the policy: should the book learn of a change in between, the next caller has to look again.
        var revision = silo.Policies.Revision;
        if (record is null || Policy(record) is not { } policy)
        {
            return null;
        }

        var next = PolicyRules.Apply(record, policy, silo.Time.GetUtcNow()).Next;
        if (next is null)
        {
            boundAt = revision;
        }

        return next;
    }

    /// <summary>What holds for the session; null while that is not known, also where another silo knows of a newer policy than this one.</summary>
    private EffectivePolicy? Policy(SessionRecord session) =>
        silo.Policies.Of(session.Namespace) is { } policy && !PolicyRules.IsBehind(policy, session) ? policy : null;

    /// <summary>Whoever makes a session smaller or ends it need not know how large it may be.</summary>
    private static bool NeedsPolicy(SessionCommand command) =>
        command is RequestSession or CreateSession or ActivateSession or ResumeSession or RenewSession or AdjustSession or OpenChildSession;

    private SessionError PolicyUnknown() => Refusals.Unavailable(
        id, "What the policies of the namespace say now is not known, or being applied to the session.", silo.Options.RetryAfter);
}
