using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <content>Policies, and the counters of live sessions.</content>
public sealed partial class MemorySessionStore : IPolicyStore
{
    private readonly Dictionary<SessionNamespace, List<NamespacePolicy>> policies = [];
    private readonly Dictionary<SessionNamespace, LiveCount> limits = [];
    private long lastRevision;

    /// <inheritdoc/>
    public ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPolicy(policy);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var versions = policies.GetValueOrDefault(policy.Namespace) ?? [];
            if (versions.Count != policy.Version - 1)
            {
                return ValueTask.FromResult<NamespacePolicy?>(null);
            }

            var saved = policy with { Revision = ++lastRevision, SetAt = ExecutionLog.Stored(policy.SetAt) };
            versions.Add(saved);
            policies[policy.Namespace] = versions;
            if (policy.Definition.MaxLiveSessions is { } maximum)
            {
                var live = limits.GetValueOrDefault(policy.Namespace)?.Live
                    ?? entries.Values.LongCount(entry => policy.Namespace.Contains(entry.Record.Namespace) && Liveness.IsLive(entry.Record.Status));
                limits[policy.Namespace] = new LiveCount(policy.Namespace, maximum, live);
            }
            else
            {
                limits.Remove(policy.Namespace);
            }

            return ValueTask.FromResult<NamespacePolicy?>(saved);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
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
        lock (gate)
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
        lock (gate)
        {
            return ValueTask.FromResult<ImmutableArray<LiveCount>>(
                [.. @namespace.Path().Select(level => limits.GetValueOrDefault(level)).OfType<LiveCount>()]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return ValueTask.FromResult<ImmutableArray<LiveSession>>([.. entries.Values
                .Select(entry => entry.Record)
                .Where(record => within.Contains(record.Namespace) && Liveness.IsLive(record.Status)
                    && string.CompareOrdinal(record.Id.ToString(), after?.ToString() ?? "") > 0)
                .OrderBy(record => record.Id.ToString(), StringComparer.Ordinal)
                .Take(limit)
                .Select(record => new LiveSession(record.Id, record.LastSequence))]);
        }
    }

    private static StoredPolicy Stored(NamespacePolicy policy) => new(policy.Namespace, policy.Version, policy.Revision, policy);

    /// <summary>The outermost maximum that leaves no room for what a save makes live; null if there is room.</summary>
    private LiveCount? FullLimit(SessionSave save) => save.LiveChange <= 0
        ? null
        : save.Record.Namespace.Path().Select(level => limits.GetValueOrDefault(level)).FirstOrDefault(limit => limit?.Live >= limit?.Maximum);

    private void Count(SessionSave save)
    {
        foreach (var level in save.LiveChange == 0 ? [] : save.Record.Namespace.Path())
        {
            if (limits.TryGetValue(level, out var limit))
            {
                limits[level] = limit with { Live = limit.Live + save.LiveChange };
            }
        }
    }
}
