using System.Collections.Immutable;

namespace Sessions;

/// <summary>
/// The one place that judges whether a session may touch another's data. Three barriers, and every one of them has to open: what the
/// caller may do, what the owner's rules say, what the policies of the owner's namespace say. Deny beats allow, no rule means no, and
/// a rule that cannot be evaluated denies.
/// </summary>
public static class DataAccessRules
{
    /// <summary>Why nobody may where no policy has an opinion.</summary>
    internal const string Silent = "no policy of the namespace says anything about data";

    private static readonly DataDecision Permitted = new();

    /// <summary>Judges all three barriers, with the trace.</summary>
    public static DataDecision Decide(in DataCallerFacts caller, in DataOwnerFacts owner, in DataAccessRequest request)
    {
        var first = JudgeCaller(caller, request, explain: true);
        if (!first.IsPermitted)
        {
            return first;
        }

        var rest = JudgeOwner(owner, caller.SessionId, caller.Namespace, request, explain: true);
        return rest with { Trace = [.. first.Trace, .. rest.Trace] };
    }

    /// <summary>The first barrier: what the session that reaches out may do.</summary>
    /// <param name="caller">Who reaches out.</param>
    /// <param name="request">What for.</param>
    /// <param name="explain">Whether the trace is wanted where nothing refuses.</param>
    internal static DataDecision JudgeCaller(in DataCallerFacts caller, in DataAccessRequest request, bool explain)
    {
        var needed = Needed(request.Operation);
        var refused = caller.Status != SessionStatus.Active ? DataAccessStep.Status
            : caller.TimeLeft <= TimeSpan.Zero ? DataAccessStep.Expiry

            // Otherwise a request that forgot to say what it wants would pass by wanting nothing.
            : needed == SessionPermissions.None || AdmissionRules.Missing(caller.Permissions, needed) != 0 ? DataAccessStep.Permission
            : AdmissionRules.Missing(caller.PolicyPermissions, needed) != 0 ? DataAccessStep.CallerPolicy
            : DataAccessStep.Invalid;
        if (refused == DataAccessStep.Invalid && !explain)
        {
            return Permitted;
        }

        var trace = ImmutableArray.CreateBuilder<DataAccessCheck>();
        for (var step = DataAccessStep.Status; step <= DataAccessStep.CallerPolicy; step++)
        {
            trace.Add(new(step, step != refused, step is DataAccessStep.Permission or DataAccessStep.CallerPolicy ? needed.ToString() : null));
            if (step == refused)
            {
                break;
            }
        }

        return new DataDecision
        {
            Trace = trace.ToImmutable(),
            Refusal = refused == DataAccessStep.Invalid ? null : DataRefusals.OfCaller(refused, caller, needed),
        };
    }

    /// <summary>The second and the third barrier: what the owner's rules say, and then what its namespace's policies do.</summary>
    /// <param name="owner">Whose data it is.</param>
    /// <param name="caller">Who reaches out.</param>
    /// <param name="callerNamespace">Where that session lives.</param>
    /// <param name="request">What for.</param>
    /// <param name="explain">Whether the trace is wanted where nothing refuses.</param>
    internal static DataDecision JudgeOwner(
        in DataOwnerFacts owner, SessionId caller, SessionNamespace callerNamespace, in DataAccessRequest request, bool explain)
    {
        var subject = new Subject(caller, callerNamespace, IsForeign(owner, callerNamespace), request, owner.Now);
        var own = Judge(owner.Rules, subject);
        if (!own.Permits)
        {
            return new DataDecision
            {
                Trace = [new(DataAccessStep.OwnerRules, false, own.Words)],
                Refusal = DataRefusals.ByOwner(owner.SessionId, own.Words),
            };
        }

        var trace = explain ? ImmutableArray.CreateBuilder<DataAccessCheck>() : null;
        trace?.Add(new(DataAccessStep.OwnerRules, true, own.Words));
        if (owner.Policies is not { } policies)
        {
            return Refuse(own, trace, "the policies are not known now", DataRefusals.PoliciesUnknown(owner.SessionId));
        }

        if (policies.IsDefaultOrEmpty)
        {
            return Refuse(own, trace, Silent, DataRefusals.ByPolicy(owner.SessionId, Silent));
        }

        foreach (var policy in policies)
        {
            var verdict = policy is null ? new Verdict(false, null, "a policy that cannot be read denies") : Judge(policy.Rules, subject);
            if (!verdict.Permits)
            {
                var words = $"{policy?.Namespace}: {verdict.Words}";
                return Refuse(own, trace, words, DataRefusals.ByPolicy(owner.SessionId, words));
            }

            trace?.Add(new(DataAccessStep.Policy, true, $"{policy!.Namespace}: {verdict.Words}"));
        }

        return trace is null ? Permitted : new DataDecision { Trace = trace.ToImmutable() };
    }

    /// <summary>What one policy says to an access, as a person would read it.</summary>
    /// <param name="policy">The policy's rules.</param>
    /// <param name="owner">The namespace of the session whose data it is.</param>
    /// <param name="caller">Who reaches out.</param>
    /// <param name="callerNamespace">Where that session lives.</param>
    /// <param name="request">What for.</param>
    /// <param name="now">The moment of asking.</param>
    internal static PolicyStep JudgePolicy(
        DataRuleSet policy, SessionNamespace owner, SessionId caller, SessionNamespace callerNamespace, in DataAccessRequest request, DateTimeOffset now)
    {
        var verdict = Judge(policy.Rules, new Subject(caller, callerNamespace, !owner.IsNeighbour(callerNamespace), request, now));
        return new(policy.Namespace, verdict.Words, verdict.Permits);
    }

    /// <summary>What is wrong with a question about an access.</summary>
    internal static ImmutableArray<ConfigurationFault> FindFaults(SessionId caller, SessionNamespace callerNamespace, in DataAccessRequest request)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (caller.IsDefault)
        {
            faults.Add(new("caller", "is missing"));
        }

        if (callerNamespace.IsDefault)
        {
            faults.Add(new("callerNamespace", "is missing"));
        }

        if (Needed(request.Operation) == SessionPermissions.None)
        {
            faults.Add(new("operation", "is neither Read nor Write"));
        }

        if (request is { Key: "", IsPrefix: false })
        {
            faults.Add(new("key", "is missing"));
        }
        else if (DataKey.FindPrefixFault(request.Key) is { } fault)
        {
            faults.Add(new("key", fault));
        }

        return faults.ToImmutable();
    }

    /// <summary>
    /// The decision as the caller may see it. One of another tenant that is not let in learns what it would of a session that does not
    /// exist, and no more: neither that there is one, nor what the rules are.
    /// </summary>
    internal static DataDecision Conceal(DataDecision decision, in DataOwnerFacts owner, SessionNamespace callerNamespace) =>
        decision.Refusal is { Code: not SessionErrorCode.Unavailable } && IsForeign(owner, callerNamespace)
            ? NoSession(owner.SessionId)
            : decision;

    /// <summary>What is said of a session that does not exist.</summary>
    internal static DataDecision NoSession(SessionId owner) => new()
    {
        Trace = [new(DataAccessStep.OwnerRules, false, null)],
        Refusal = DataRefusals.OutOfReach(owner),
    };

    /// <summary>Whether <paramref name="deny"/> denies whatever <paramref name="allow"/> could ever allow.</summary>
    internal static bool IsDead(DataRule allow, DataRule deny) =>
        deny is { Effect: RuleEffect.Deny }
        && deny.Who.Covers(allow.Who)
        && (allow.Operations & ~deny.Operations) == 0
        && (allow.KeyPrefix ?? "").StartsWith(deny.KeyPrefix ?? "", StringComparison.Ordinal)
        && (deny.Until is null || deny.Until >= allow.Until);

    private static bool IsForeign(in DataOwnerFacts owner, SessionNamespace callerNamespace) =>
        !owner.Namespace.IsNeighbour(callerNamespace);

    /// <summary>Anything but reading or writing is needed by nobody and so permitted to nobody.</summary>
    private static SessionPermissions Needed(DataOperations operation) => operation switch
    {
        DataOperations.Read => SessionPermissions.ReadCrossSession,
        DataOperations.Write => SessionPermissions.WriteCrossSession,
        _ => SessionPermissions.None,
    };

    private static DataDecision Refuse(in Verdict own, ImmutableArray<DataAccessCheck>.Builder? passed, string words, SessionError refusal)
    {
        ImmutableArray<DataAccessCheck> before = passed?.ToImmutable() ?? [new(DataAccessStep.OwnerRules, true, own.Words)];
        return new DataDecision { Trace = [.. before, new(DataAccessStep.Policy, false, words)], Refusal = refusal };
    }

    /// <summary>What one list of rules says.</summary>
    private static Verdict Judge(ImmutableArray<DataRule> rules, in Subject subject)
    {
        DataRule? allow = null;
        foreach (var rule in rules.IsDefault ? [] : rules)
        {
            // Before its end is looked at: whoever could not write the rest of the rule may not have meant its end either.
            if (rule is null || !IsReadable(rule))
            {
                return new(false, rule, "cannot be evaluated and so denies");
            }

            if (rule.Until <= subject.Now)
            {
                continue;
            }

            if (rule.Effect == RuleEffect.Deny && Denies(rule, subject))
            {
                return new(false, rule, null);
            }

            if (allow is null && rule.Effect == RuleEffect.Allow && Allows(rule, subject))
            {
                allow = rule;
            }
        }

        return allow is null ? new(false, null, "no rule allows it") : new(true, allow, null);
    }

    private static bool IsReadable(DataRule rule) =>
        rule.Effect is RuleEffect.Allow or RuleEffect.Deny
        && rule.Who.IsValid
        && rule.Operations != DataOperations.None
        && (rule.Operations & ~DataOperations.All) == 0
        && DataKey.FindPrefixFault(rule.KeyPrefix) is null;

    private static bool Allows(DataRule rule, in Subject subject) =>
        (subject.Request.Operation & ~rule.Operations) == 0
        && (subject.Request.Key ?? "").StartsWith(rule.KeyPrefix, StringComparison.Ordinal)
        && rule.Who.Matches(subject.Caller, subject.Namespace)

        // A star means everybody at home. Strangers have to be named, or '**' would open a tenant to the world.
        && (!subject.IsForeign || rule.Who.NamesTenant);

    private static bool Denies(DataRule rule, in Subject subject)
    {
        var key = subject.Request.Key ?? "";
        return (subject.Request.Operation & rule.Operations) != 0
            && rule.Who.Matches(subject.Caller, subject.Namespace)
            && (key.StartsWith(rule.KeyPrefix, StringComparison.Ordinal)

                // A list would show keys that are denied one by one.
                || (subject.Request.IsPrefix && rule.KeyPrefix.StartsWith(key, StringComparison.Ordinal)));
    }

    private readonly record struct Subject(
        SessionId Caller, SessionNamespace Namespace, bool IsForeign, DataAccessRequest Request, DateTimeOffset Now);

    /// <summary>What a list of rules says, in words only when somebody wants to read them.</summary>
    private readonly record struct Verdict(bool Permits, DataRule? Rule, string? Why)
    {
        public string Words => Rule is null ? Why ?? "" : Why is null ? Rule.ToString() : $"{Rule} {Why}";
    }
}
