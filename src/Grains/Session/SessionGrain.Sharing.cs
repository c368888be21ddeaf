using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Data;

namespace Sessions.Grains.Session;

/// <summary>
/// Data across sessions. The caller's grain judges what the caller may do, the owner's grain what the owner and its namespace let it do;
/// both have it in their logs before anything is handed out or written.
/// </summary>
internal sealed partial class SessionGrain : ISessionDataPeerGrain
{
    private const int MaxPeers = 64;

    private Dictionary<SessionId, ISessionDataPeerGrain>? peers;

    public async ValueTask<DataReply> Reach(SessionId other, DataRequest request)
    {
        if ((FindPeerFault(other), FindFault(request)) is not (null, null) and var (ofPeer, ofRequest))
        {
            return new() { Refusal = SessionError.InvalidConfiguration(id, [.. ofPeer?.Faults ?? [], .. ofRequest?.Faults ?? []]) };
        }

        var access = request.Access;
        if (await JudgeCaller(request.SeenVersion, access, explain: false) is { Refusal: { } refusal })
        {
            return new() { Refusal = refusal };
        }

        var owner = Peer(other);
        if (!AccessLog.Has(record!, other, access.Operation, reached: true, silo.Time.GetUtcNow()))
        {
            // Asked first and logged then: the log tells of those that were let, and of all of them.
            var admitted = await owner.Share(id, record!.Namespace, request, admitOnly: true);
            if (admitted.Refusal is not null)
            {
                return admitted;
            }

            await Advance(current => current is null
                ? Decision.None
                : AccessLog.Note(current, other, access.Operation, reached: true, request.Actor, silo.Time.GetUtcNow()));

            // It may have been stopped meanwhile.
            if (await JudgeCaller(request.SeenVersion, access, explain: false) is { Refusal: { } late })
            {
                return new() { Refusal = late };
            }
        }

        return await owner.Share(id, record!.Namespace, request, admitOnly: false);
    }

    public async ValueTask<DataDecision> Explain(SessionId other, DataAccessRequest request)
    {
        if (FindPeerFault(other) is { } fault)
        {
            return new() { Refusal = fault };
        }

        var first = await JudgeCaller(0, request, explain: true);
        if (!first.IsPermitted)
        {
            return first;
        }

        var rest = await Peer(other).Judge(id, record!.Namespace, request);
        return rest with { Trace = [.. first.Trace, .. rest.Trace] };
    }

    public async ValueTask<DataReply> Share(SessionId caller, SessionNamespace callerNamespace, DataRequest request, bool admitOnly)
    {
        var access = request.Access;
        if (await JudgeOwner(caller, callerNamespace, access, explain: false) is { Refusal: { } refusal })
        {
            return new() { Refusal = refusal };
        }

        if (!AccessLog.Has(record!, caller, access.Operation, reached: false, silo.Time.GetUtcNow()))
        {
            await Advance(current => current is null
                ? Decision.None
                : AccessLog.Note(current, caller, access.Operation, reached: false, request.Actor, silo.Time.GetUtcNow()));
        }

        return admitOnly ? new() : await Do(request);
    }

    public ValueTask<DataDecision> Judge(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request) =>
        JudgeOwner(caller, callerNamespace, request, explain: true);

    /// <summary>The other's grain. Kept, because making a reference costs more than judging does.</summary>
    private ISessionDataPeerGrain Peer(SessionId other)
    {
        peers ??= [];
        if (peers.TryGetValue(other, out var known))
        {
            return known;
        }

        if (peers.Count >= MaxPeers)
        {
            peers.Clear();
        }

        return peers[other] = GrainFactory.GetGrain<ISessionDataPeerGrain>(other.ToString());
    }

    private SessionError? FindPeerFault(SessionId other) =>
        other.IsDefault ? SessionError.InvalidConfiguration(id, [new("other", "is missing")])
        : other == id ? SessionError.InvalidConfiguration(id, [new("other", "is the session itself, which needs no rules for its own data")])
        : null;

    private async ValueTask<DataDecision> JudgeCaller(long seenVersion, DataAccessRequest request, bool explain)
    {
        if (await MakeReady(seenVersion) is { } refusal)
        {
            return new() { Refusal = refusal };
        }

        if (admission?.DoubtIdleness() is { } doubt)
        {
            return new() { Refusal = doubt };
        }

        // Only with an idle timeout does it matter what holders have reported since the last commit.
        var caller = record!.Configuration.Settings.IdleTimeout is null ? record : Live()!;
        var facts = new DataCallerFacts
        {
            SessionId = id,
            Namespace = caller.Namespace,
            Status = caller.Status,
            TimeLeft = SessionClock.WhyOver(caller, silo.Time.GetUtcNow()) is null ? null : TimeSpan.Zero,
            ExpiredAt = SessionClock.EndedAt(caller, silo.Time.GetUtcNow()),
            Permissions = caller.Configuration.Permissions,
            PolicyPermissions = ((ISessionRow)this).Policy,
        };
        return DataAccessRules.JudgeCaller(facts, request, explain);
    }

    private async ValueTask<DataDecision> JudgeOwner(
        SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request, bool explain)
    {
        if (await MakeReady(0) is { } refusal)
        {
            return refusal.Code == SessionErrorCode.SessionNotFound ? DataAccessRules.NoSession(id) : new() { Refusal = refusal };
        }

        var owner = record!;
        var facts = new DataOwnerFacts
        {
            SessionId = id,
            Namespace = owner.Namespace,
            Rules = owner.Configuration.DataRules,
            Policies = silo.Policies.Of(owner.Namespace)?.DataRules,
            Now = silo.Time.GetUtcNow(),
        };
        return DataAccessRules.Conceal(DataAccessRules.JudgeOwner(facts, caller, callerNamespace, request, explain), facts, callerNamespace);
    }
}
