using System.Collections.Immutable;
using Sessions.Core.Isolation;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Policies in memory, and the counters of live sessions.</summary>
internal sealed class MemoryPolicyStore(MemoryDatabase database) : IPolicyStore
{
    private readonly Dictionary<SessionNamespace, List<NamespacePolicy>> policies = [];
    private readonly Dictionary<SessionNamespace, string?> kept = [];
    private long lastRevision;

    /// <inheritdoc/>
    public ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPolicy(policy);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var versions = policies.GetValueOrDefault(policy.Namespace) ?? [];
            if (versions.Count != policy.Version - 1 || kept.GetValueOrDefault(policy.Namespace) != answers.Before)
            {
                return ValueTask.FromResult<NamespacePolicy?>(null);
            }

            var saved = policy with { Revision = ++lastRevision, SetAt = ExecutionLog.Stored(policy.SetAt) };
            versions.Add(saved);
            kept[policy.Namespace] = answers.After;
            policies[policy.Namespace] = versions;
            if (policy.Definition.MaxLiveSessions is { } maximum)
            {
                var live = database.Limits.Of(policy.Namespace)?.Live
                    ?? database.Entries.LongCount(entry => policy.Namespace.Contains(entry.Record.Namespace) && Liveness.IsLive(entry.Record.Status));
                database.Limits.Set(new LiveCount(policy.Namespace, maximum, live));
            }
            else
            {
                database.Limits.Remove(policy.Namespace);
            }

            return ValueTask.FromResult<NamespacePolicy?>(saved);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> KeepPolicyAnswersAsync(
        SessionNamespace @namespace, long version, PolicyAnswers answers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var keeps = policies.GetValueOrDefault(@namespace)?.Count == version && kept.GetValueOrDefault(@namespace) == answers.Before;
            if (keeps)
            {
                kept[@namespace] = answers.After;
            }

            return ValueTask.FromResult(keeps);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<StoredPolicy>>([.. policies.Values
                .Select(versions => versions[^1])
                .Where(policy => policy.Revision > afterRevision)
                .OrderBy(policy => policy.Revision)
                .Take(limit)
                .Select(Stored)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<StoredPolicy>>([.. (policies.GetValueOrDefault(@namespace) ?? [])
                .Where(policy => !(policy.Version >= beforeVersion))
                .OrderByDescending(policy => policy.Version)
                .Take(limit)
                .Select(Stored)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<LiveCount>>(
                [.. @namespace.Path().Select(database.Limits.Of).OfType<LiveCount>()]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<LiveSession>>([.. database.Entries
                .Select(entry => entry.Record)
                .Where(record => within.Contains(record.Namespace) && Liveness.IsLive(record.Status)
                    && string.CompareOrdinal(record.Id.ToString(), after?.ToString() ?? "") > 0)
                .OrderBy(record => record.Id.ToString(), StringComparer.Ordinal)
                .Take(limit)
                .Select(record => new LiveSession(record.Id, record.LastSequence))]);
        }
    }

    private StoredPolicy Stored(NamespacePolicy policy) =>
        new(policy.Namespace, policy.Version, policy.Revision, policy, kept.GetValueOrDefault(policy.Namespace));
}
