using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Core.Stored;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Isolation;

/// <summary>
/// The policy of one namespace: sets versions, says what holds, and decides early who may become live. What it knows of that is
/// derived, and may be old: the store has the policies, and the counters that count.
/// </summary>
[GrainType("session-isolation-policy")]
[ImplicitStreamSubscription(SessionsDefaults.LifecycleStreamNamespace, PolicyStreamIdMapper.Name)]
internal sealed partial class IsolationPolicyGrain(
    IPolicyStore store,
    ISessionSearch search,
    IEventLog log,
    PolicyBook book,
    PolicyReacher reacher,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    SessionsInstruments instruments,
    ILogger<IsolationPolicyGrain> logger) : Grain, IIsolationPolicyGrain
{
    private const int MaxAttempts = 4;
    private const int MaxPage = 1000;

    // Default, which is no namespace, where somebody made up a key.
    private SessionNamespace Namespace { get; set; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Namespace = GrainFactoryExtensions.TryNamespaceOf(this.GetPrimaryKeyString(), out var name) ? name : default;
        return Task.CompletedTask;
    }

    public async ValueTask<PolicyReply> Set(SetPolicy request)
    {
        if (FindFaults(request) is { IsEmpty: false } faults)
        {
            return new PolicyReply { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        // A repetition is answered before anything is asked that others may have changed since.
        var hash = request.CommandId is null ? 0 : ContentHash.Of(request);
        if (request.CommandId is not null && await RecallAsync(await ReadNewestAsync(), request, hash) is { } recalled)
        {
            return recalled;
        }

        // What the others say now decides whether this one leads back to itself.
        await book.LookAsync();
        if (book.Known is not { } known)
        {
            return new PolicyReply { Refusal = Unknown() };
        }

        if (PolicyEvaluator.FindCycle(Namespace, request.Definition.Extends, known.Newest) is { } cycle)
        {
            return new PolicyReply
            {
                Refusal = SessionError.InvalidConfiguration(null, [new("extends", "leads back here: " + string.Join(" → ", cycle))]),
            };
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var newest = await ReadNewestAsync();
            if (await RecallAsync(newest, request, hash) is { } answer)
            {
                return answer;
            }

            if (newest?.Policy is { } present && SaysTheSame(present.Definition, request.Definition))
            {
                // Also where another version was expected: whoever repeats what was done is told that it is.
                if (request.CommandId is null
                    || await store.KeepPolicyAnswersAsync(Namespace, present.Version, Answered(newest, present.Version), CancellationToken.None))
                {
                    return await AnswerAsync(present, request);
                }

                continue;
            }

            var version = newest?.Version ?? 0;
            if (request.ExpectedVersion is { } expected && expected != version)
            {
                return new PolicyReply { Refusal = Refusals.PolicyVersionConflict(Namespace, expected, version) };
            }

            var next = new NamespacePolicy
            {
                Namespace = Namespace,
                Version = version + 1,
                Definition = request.Definition,
                SetAt = time.GetUtcNow(),
                SetBy = request.Actor,
                Reason = request.Reason,
            };
            if (await store.SavePolicyAsync(next, Answered(newest, next.Version), CancellationToken.None) is { } saved)
            {
                LogSet(saved.Namespace, saved.Version, saved.SetBy);
                await book.LookAsync();
                return await AnswerAsync(saved, request);
            }
        }

        return new PolicyReply { Refusal = Refusals.Unavailable(null, "Others kept changing the policy; try again.", options.Value.RetryAfter) };

        PolicyAnswers Answered(StoredPolicy? newest, long version) => new(newest?.Answers, request.CommandId is null ? newest?.Answers
            : JsonSerializer.Serialize(
                SettingAnswerRules.Record(AnswersOf(newest), request.CommandId, hash, version, time.GetUtcNow(), options.Value.AnswerWindow),
                StoredJson.Default.SettingAnswers));
    }

    public async ValueTask<PolicyReply> Get() => await GetHistory(null, 1) switch
    {
        { Refusal: { } refusal } => new PolicyReply { Refusal = refusal },
        var history => new PolicyReply { Policy = history.Policies.FirstOrDefault() },
    };

    public async ValueTask<PolicyHistory> GetHistory(long? beforeVersion, int limit)
    {
        if (limit is < 1 or > MaxPage || Namespace.IsDefault)
        {
            return new PolicyHistory { Refusal = SessionError.InvalidConfiguration(null, [new("limit", $"is {limit}, not between 1 and {MaxPage}, or there is no namespace")]) };
        }

        var versions = await store.ReadPolicyHistoryAsync(Namespace, beforeVersion, limit, CancellationToken.None);
        return versions.FirstOrDefault(version => version.Policy is null) is { } unreadable
            ? new PolicyHistory { Refusal = Unreadable(unreadable) }
            : new PolicyHistory { Policies = [.. versions.Select(version => version.Policy!)] };
    }

    public async ValueTask<EffectivePolicyReply> GetEffective()
    {
        await book.LookAsync();
        return book.Of(Namespace) is { } policy
            ? new EffectivePolicyReply { Policy = policy, Live = await CountAllAsync(policy) }
            : new EffectivePolicyReply { Refusal = Unknown() };
    }

    public async ValueTask<PolicyExplanation> Explain(SessionPermissions permissions)
    {
        if (permissions == SessionPermissions.None || ConfigurationRules.FindPermissionsFault(permissions) is not null)
        {
            return new PolicyExplanation { Refusal = SessionError.InvalidConfiguration(null, [new("permissions", "are missing or not known")]) };
        }

        await book.LookAsync();
        return book.Known is { } known
            ? new PolicyExplanation { Steps = PolicyTrace.Of(Namespace, permissions, known.Newest, await CountAllAsync(known.Of(Namespace))) }
            : new PolicyExplanation { Refusal = Unknown() };
    }

    public async ValueTask<PolicyExplanation> ExplainData(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request)
    {
        var faults = DataAccessRules.FindFaults(caller, callerNamespace, request);
        if (Namespace.IsDefault)
        {
            faults = faults.Add(new("namespace", "is missing or not a namespace"));
        }

        if (!faults.IsEmpty)
        {
            return new PolicyExplanation { Refusal = SessionError.InvalidConfiguration(null, faults) };
        }

        await book.LookAsync();
        return book.Known is { } known
            ? new PolicyExplanation { Steps = PolicyTrace.OfData(Namespace, caller, callerNamespace, request, known.Newest, time.GetUtcNow()) }
            : new PolicyExplanation { Refusal = Unknown() };
    }

    private ImmutableArray<ConfigurationFault> FindFaults(SetPolicy request)
    {
        if (Namespace.IsDefault || request is null)
        {
            return [new("namespace", "is missing or not a namespace")];
        }

        var faults = ConfigurationRules.FindFaults(Namespace, request.Definition);
        if (!request.Actor.IsValid)
        {
            faults = faults.Add(new("actor", "is missing or not a principal"));
        }

        return ConfigurationRules.FindReasonFault(request.Reason) is { } fault ? faults.Add(fault) : faults;
    }

    private async Task<StoredPolicy?> ReadNewestAsync() =>
        (await store.ReadPolicyHistoryAsync(Namespace, null, 1, CancellationToken.None)).FirstOrDefault();

    private static SettingAnswers AnswersOf(StoredPolicy? newest) => newest?.Answers is { } stored
        ? JsonSerializer.Deserialize(stored, RewrittenJson.SettingAnswers) ?? SettingAnswers.None
        : SettingAnswers.None;

    /// <summary>The answer to a command that was answered before, or may have been; null for a new one.</summary>
    private async Task<PolicyReply?> RecallAsync(StoredPolicy? newest, SetPolicy request, long hash)
    {
        var answers = AnswersOf(newest);
        switch (SettingAnswerRules.Judge(answers, request.CommandId, hash))
        {
            case (SettingCommand.Repeated, var version):
                var made = (await store.ReadPolicyHistoryAsync(Namespace, version + 1, 1, CancellationToken.None))[0];
                return made.Policy is { } policy ? await AnswerAsync(policy, request) : new PolicyReply { Refusal = Unreadable(made) };
            case (SettingCommand.Reused, _):
                return new PolicyReply { Refusal = Refusals.SettingReused($"policy of {Namespace}", request.CommandId, newest!.Version) };
            case (SettingCommand.TooOld, _):
                return new PolicyReply
                {
                    Refusal = Refusals.SettingTooOld($"policy of {Namespace}", request.CommandId, answers.Forgotten, newest!.Version),
                };
            default:
                return null;
        }
    }

    private async Task<PolicyReply> AnswerAsync(NamespacePolicy policy, SetPolicy request) => new()
    {
        Policy = policy,
        Reach = request.ApplyNow ? await reacher.ReachAsync(policy) : null,
    };

    private SessionError Unknown() => Refusals.Unavailable(
        null, $"What policies say in {Namespace} cannot be known now, or one of them cannot be read.", options.Value.RetryAfter);

    private static SessionError Unreadable(StoredPolicy policy) => new()
    {
        Code = SessionErrorCode.Internal,
        Message = $"Version {policy.Version} of the policy of {policy.Namespace} cannot be read by this silo; set another, or run a newer build.",
    };

    private static bool SaysTheSame(PolicyDefinition a, PolicyDefinition b) => Stored(a).AsSpan().SequenceEqual(Stored(b));

    // By stored form, because arrays in records compare by reference.
    private static byte[] Stored(PolicyDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, StoredJson.Default.PolicyDefinition);

    [LoggerMessage(203, LogLevel.Information, "Version {Version} of the policy of {Namespace} was set by {Actor}.")]
    private partial void LogSet(SessionNamespace @namespace, long version, Principal actor);

    [LoggerMessage(205, LogLevel.Warning, "Those who wait for {Namespace} could not be served; they wait on.")]
    private partial void LogNotServed(Exception exception, SessionNamespace @namespace);

    [LoggerMessage(206, LogLevel.Information, "How many wait for {Namespace} was not heard in time, and is not shown.")]
    private partial void LogNotCounted(Exception exception, SessionNamespace @namespace);

    [LoggerMessage(204, LogLevel.Warning, "Who is live in {Namespace} could not be read on; the store's counter decides alone.")]
    private partial void LogNotReconciled(Exception exception, SessionNamespace @namespace);
}
