using System.Collections.Immutable;
using Sessions.Core.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>Policies, which fail while a test wants it.</summary>
internal sealed class FaultyPolicyStore(IPolicyStore inner) : IPolicyStore
{
    private volatile bool policiesFail;

    private IPolicyStore Inner => policiesFail
        ? throw new StoreUnavailableException("The test refuses questions about policies.")
        : inner;

    /// <summary>What happens before the store is asked for changes.</summary>
    public Action? BeforePolicies { get; set; }

    /// <summary>Lets every question about policies fail until the test takes it back.</summary>
    public void FailPolicies(bool fail = true) => policiesFail = fail;

    public ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, CancellationToken cancellationToken) =>
        SavePolicyAsync(policy, default, cancellationToken);

    public ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken) =>
        Inner.SavePolicyAsync(policy, answers, cancellationToken);

    public ValueTask<bool> KeepPolicyAnswersAsync(
        SessionNamespace @namespace, long version, PolicyAnswers answers, CancellationToken cancellationToken) =>
        Inner.KeepPolicyAnswersAsync(@namespace, version, answers, cancellationToken);

    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        BeforePolicies?.Invoke();
        return Inner.ReadPoliciesAsync(afterRevision, limit, cancellationToken);
    }

    public ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken) =>
        Inner.ReadPolicyHistoryAsync(@namespace, beforeVersion, limit, cancellationToken);

    public ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken) =>
        Inner.ReadLiveCountsAsync(@namespace, cancellationToken);

    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken) =>
        Inner.ReadLiveAsync(within, after, limit, cancellationToken);
}
