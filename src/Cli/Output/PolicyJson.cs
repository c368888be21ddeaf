using System.Collections.Immutable;

namespace Sessions.Cli.Output;

/// <summary>A policy for machines; <see cref="Definition"/> is what a policy's file may say.</summary>
internal sealed record PolicyJson(
    SessionNamespace Namespace,
    long Version,
    long? Revision,
    DateTimeOffset? SetAt,
    Principal? SetBy,
    string? Reason,
    PolicyDefinitionJson Definition,
    PolicyReach? Reach,
    long? Waiting)
{
    /// <param name="namespace">Whose.</param>
    /// <param name="policy">The policy; null where there is none, which is version 0 and says nothing.</param>
    /// <param name="reach">Whom it has reached, where it was applied at once.</param>
    /// <param name="waiting">How many wait for a place, where some may.</param>
    public static PolicyJson Of(SessionNamespace @namespace, NamespacePolicy? policy, PolicyReach? reach = null, long? waiting = null) => new(
        @namespace,
        policy?.Version ?? 0,
        policy?.Revision,
        policy?.SetAt,
        policy?.SetBy,
        policy?.Reason,
        PolicyDefinitionJson.Of(policy?.Definition ?? PolicyDefinition.None),
        reach,
        waiting);
}

internal sealed record PoliciesJson(SessionNamespace Namespace, IEnumerable<PolicyJson> Policies);

internal sealed record PolicyDefinitionJson(
    string? Description,
    CeilingJson Ceiling,
    long? MaxLiveSessions,
    IEnumerable<DataRuleJson>? DataRules,
    ImmutableArray<SessionNamespace> Extends,
    AdmissionQueue? Queue)
{
    public static PolicyDefinitionJson Of(PolicyDefinition definition) => new(
        definition.Description,
        CeilingJson.Of(definition.Ceiling),
        definition.MaxLiveSessions,
        definition.DataRules?.Select(DataRuleJson.Of),
        definition.Extends,
        definition.Queue);
}

internal sealed record DataRuleJson(string Name, string Effect, DataSubject Who, string[] Operations, string KeyPrefix, DateTimeOffset? Until)
{
    public static DataRuleJson Of(DataRule rule) => new(
        rule.Name,
        rule.Effect.ToString().ToLowerInvariant(),
        rule.Who,
        [.. new[] { DataOperations.Read, DataOperations.Write }.Where(one => rule.Operations.HasFlag(one)).Select(one => one.ToString().ToLowerInvariant())],
        rule.KeyPrefix,
        rule.Until);
}

/// <summary>What holds in a namespace, for machines.</summary>
internal sealed record EffectivePolicyJson(
    SessionNamespace Namespace, long Revision, CeilingJson Ceiling, ImmutableArray<LiveCount> Live, IEnumerable<DataRuleSetJson> DataRules)
{
    public static EffectivePolicyJson Of(EffectivePolicy policy, ImmutableArray<LiveCount> live) => new(
        policy.Namespace,
        policy.Revision,
        CeilingJson.Of(policy.Ceiling),
        live,
        policy.DataRules.Select(set => new DataRuleSetJson(set.Namespace, set.Rules.Select(DataRuleJson.Of))));
}

internal sealed record DataRuleSetJson(SessionNamespace Namespace, IEnumerable<DataRuleJson> Rules);

internal sealed record PolicyExplanationJson(SessionNamespace Namespace, bool Permitted, ImmutableArray<PolicyStep> Steps);
