using System.Collections.Immutable;

namespace Sessions.Cli.Tests;

/// <summary>The policy of one namespace, by itself: what it says is what holds.</summary>
internal sealed class RulesPolicy(SessionNamespace name) : IIsolationPolicyGrain
{
    private ImmutableList<NamespacePolicy> versions = [];

    public ValueTask<PolicyReply> Set(SetPolicy request)
    {
        if (request.ExpectedVersion is { } expected && expected != versions.Count)
        {
            return new(new PolicyReply
            {
                Refusal = new() { Code = SessionErrorCode.VersionConflict, Message = $"The policy is at version {versions.Count}, not {expected}." },
            });
        }

        var policy = new NamespacePolicy
        {
            Namespace = name,
            Version = versions.Count + 1,
            Revision = 7,
            Definition = request.Definition,
            SetAt = TimeProvider.System.GetUtcNow(),
            SetBy = request.Actor,
            Reason = request.Reason,
        };
        versions = versions.Add(policy);
        return new(new PolicyReply { Policy = policy, Reach = request.ApplyNow ? new PolicyReach { Sessions = 3 } : null });
    }

    public ValueTask<PolicyReply> Get() => new(new PolicyReply { Policy = versions.LastOrDefault() });

    public ValueTask<PolicyHistory> GetHistory(long? beforeVersion, int limit) => new(new PolicyHistory
    {
        Policies = [.. versions.Where(policy => !(policy.Version >= beforeVersion)).Reverse().Take(limit)],
    });

    public ValueTask<EffectivePolicyReply> GetEffective() => new(new EffectivePolicyReply
    {
        Policy = new()
        {
            Namespace = name,
            Revision = 7,
            Ceiling = Definition.Ceiling,
            DataRules = Definition.DataRules is { } rules ? [new(name, rules)] : [],
        },
        Live = Definition.MaxLiveSessions is { } maximum ? [new LiveCount(name, maximum, 2) { Waiting = Definition.Queue is null ? null : 5 }] : [],
    });

    public ValueTask<PolicyExplanation> Explain(SessionPermissions permissions)
    {
        var missing = permissions & ~(Definition.Ceiling.Permissions ?? SessionPermissions.All);
        return new(new PolicyExplanation { Steps = [new(name, missing == 0 ? "permits it" : $"does not permit {missing}", missing == 0)] });
    }

    public ValueTask<PolicyExplanation> ExplainData(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request)
    {
        var rule = Definition.DataRules?.FirstOrDefault(one =>
            one.Who.Matches(caller, callerNamespace) && one.Operations.HasFlag(request.Operation) && request.Key!.StartsWith(one.KeyPrefix, StringComparison.Ordinal));
        return new(new PolicyExplanation { Steps = [new(name, rule?.ToString() ?? "no rule allows it", rule is { Effect: RuleEffect.Allow })] });
    }

    public ValueTask<SessionError?> Admit(SessionId session) => new((SessionError?)null);

    public ValueTask<LiveCount> CountLive() => new(new LiveCount(name, Definition.MaxLiveSessions, 2));

    private PolicyDefinition Definition => versions.LastOrDefault()?.Definition ?? PolicyDefinition.None;
}
