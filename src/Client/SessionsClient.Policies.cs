using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <content>Policies of namespaces.</content>
public sealed partial class SessionsClient
{
    private const int HistoryPage = 100;

    /// <summary>The newest version of a namespace's policy; null where none was ever set.</summary>
    /// <exception cref="UnavailableException">It could not be learnt.</exception>
    public async Task<NamespacePolicy?> GetPolicyAsync(SessionNamespace @namespace, CancellationToken cancellationToken = default)
    {
        var reply = await AskPolicyAsync("GetPolicy", @namespace, grain => grain.Get(), static reply => reply.Refusal, cancellationToken);
        return reply.Policy;
    }

    /// <summary>Adds a version to a namespace's policy; a definition equal to the newest adds none, so repeating is safe.</summary>
    /// <param name="namespace">Where it is to hold, with all below.</param>
    /// <param name="definition">What it says; <see cref="PolicyDefinition.None"/> takes back what was said.</param>
    /// <param name="options">Who, why, over which version, and whether at once.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent may still be done.</param>
    /// <exception cref="InvalidConfigurationException">The definition is not well-formed, or leads back to itself; all faults are listed.</exception>
    /// <exception cref="VersionConflictException">The newest version is not the expected one.</exception>
    /// <exception cref="CommandConflictException">The command id was used for another change of the policy.</exception>
    /// <exception cref="CommandTooOldException">The command may be a repetition of one that is forgotten; nothing was changed.</exception>
    /// <exception cref="UnavailableException">The outcome is unknown; the same definition may be set again.</exception>
    public async Task<PolicySetting> SetPolicyAsync(
        SessionNamespace @namespace, PolicyDefinition definition, SetPolicyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= new SetPolicyOptions();
        var request = new SetPolicy
        {
            Definition = definition,
            ExpectedVersion = options.ExpectedVersion,
            Actor = options.Actor ?? Options.Actor,
            Reason = options.Reason,
            ApplyNow = options.ApplyNow,
            CommandId = options.CommandId ?? CommandId.New(),
        };
        Preflight.Check(@namespace, request);
        var reply = await AskPolicyAsync("SetPolicy", @namespace, grain => grain.Set(request), static reply => reply.Refusal, cancellationToken);
        return new PolicySetting(reply.Policy ?? throw Unanswered("SetPolicy"), reply.Reach);
    }

    /// <summary>All versions of a namespace's policy, newest first, asked for as they are read.</summary>
    /// <exception cref="UnavailableException">They could not be learnt.</exception>
    public async IAsyncEnumerable<NamespacePolicy> GetPolicyHistoryAsync(
        SessionNamespace @namespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var (before, count) = ((long?)null, HistoryPage); count == HistoryPage;)
        {
            var last = before;
            var page = (await AskPolicyAsync(
                "GetPolicyHistory", @namespace, grain => grain.GetHistory(last, HistoryPage), static reply => reply.Refusal, cancellationToken)).Policies;
            foreach (var policy in page)
            {
                yield return policy;
            }

            (before, count) = (page.IsEmpty ? null : page[^1].Version, page.Length);
        }
    }

    /// <summary>What all policies that count for a namespace say together, and how many sessions are live by each maximum.</summary>
    /// <exception cref="UnavailableException">It could not be learnt, or one of the policies cannot be read.</exception>
    public async Task<EffectivePolicyView> GetEffectivePolicyAsync(SessionNamespace @namespace, CancellationToken cancellationToken = default)
    {
        var reply = await AskPolicyAsync(
            "GetEffectivePolicy", @namespace, grain => grain.GetEffective(), static reply => reply.Refusal, cancellationToken);
        return new EffectivePolicyView(reply.Policy ?? throw Unanswered("GetEffectivePolicy"), reply.Live);
    }

    /// <summary>What each policy that counts for a namespace says to an execution with these permissions, and to one more live session.</summary>
    /// <exception cref="UnavailableException">It could not be learnt.</exception>
    public Task<PolicyExplanation> ExplainAsync(
        SessionNamespace @namespace,
        SessionPermissions permissions = SessionPermissions.ExecuteFunctions,
        CancellationToken cancellationToken = default) =>
        AskPolicyAsync("ExplainPolicy", @namespace, grain => grain.Explain(permissions), static reply => reply.Refusal, cancellationToken);

    /// <summary>
    /// What the rules of each policy that counts for a namespace say when another session reaches for the data of one there. Its own rules,
    /// and what the caller may do, are not looked at: <see cref="SessionData.ExplainAsync"/> judges two sessions that there are.
    /// </summary>
    /// <param name="namespace">The namespace of the session whose data it is.</param>
    /// <param name="caller">The session that reaches out; it need not exist.</param>
    /// <param name="callerNamespace">Where it lives.</param>
    /// <param name="operation">Read or Write.</param>
    /// <param name="key">Which key, or how the keys begin.</param>
    /// <param name="isPrefix">Whether it is how the keys begin, and all of those are meant.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidConfigurationException">The question is not well formed.</exception>
    /// <exception cref="UnavailableException">It could not be learnt.</exception>
    public async Task<PolicyExplanation> ExplainDataAsync(
        SessionNamespace @namespace,
        SessionId caller,
        SessionNamespace callerNamespace,
        DataOperations operation,
        string key,
        bool isPrefix = false,
        CancellationToken cancellationToken = default)
    {
        var request = new DataAccessRequest { Operation = operation, Key = key, IsPrefix = isPrefix };
        Preflight.Check(caller, callerNamespace, request);
        return await AskPolicyAsync(
            "ExplainPolicyData",
            @namespace,
            grain => grain.ExplainData(caller, callerNamespace, request),
            static reply => reply.Refusal,
            cancellationToken);
    }

    private async Task<T> AskPolicyAsync<T>(
        string call,
        SessionNamespace @namespace,
        Func<IIsolationPolicyGrain, ValueTask<T>> ask,
        Func<T, SessionError?> refusal,
        CancellationToken cancellationToken)
    {
        Preflight.Check(@namespace);
        return await Caller.CallAsync(new CallSubject(call), () => ask(Grains.Policy(@namespace)), refusal, cancellationToken);
    }

    private static SessionException Unanswered(string call) => new(new SessionError
    {
        Code = SessionErrorCode.Internal,
        Message = $"The silo answered {call} with neither a policy nor a refusal.",
    });
}

/// <summary>How a policy is set.</summary>
public sealed record SetPolicyOptions
{
    /// <summary>Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</summary>
    public Principal? Actor { get; init; }

    /// <summary>Why, at most 512 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The version that is to be replaced, 0 for none yet; null, the default, for whichever there is.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>Whether to return only when every live session that it means is bound to it. Default: no; it then takes up to one lease.</summary>
    public bool ApplyNow { get; init; }

    /// <summary>Names the command, for one who repeats it by hand. Default: a new one for each call, under which the call repeats itself.</summary>
    public CommandId? CommandId { get; init; }
}

/// <summary>A policy that was set.</summary>
/// <param name="Policy">The version that holds now.</param>
/// <param name="Reach">Whom it has reached; null unless it was to be applied at once.</param>
public sealed record PolicySetting(NamespacePolicy Policy, PolicyReach? Reach);

/// <summary>What holds in a namespace.</summary>
/// <param name="Policy">What all policies say together.</param>
/// <param name="Live">How many sessions are live by each maximum, outermost first.</param>
public sealed record EffectivePolicyView(EffectivePolicy Policy, ImmutableArray<LiveCount> Live);
