using System.Collections.Immutable;
using Sessions.Core.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

/// <content>Policies, as the store behind keeps them.</content>
public sealed partial class FaultyStore : IPolicyStore
{
    private volatile bool policiesFail;

    private IPolicyStore Policies => policiesFail
        ? throw new StoreUnavailableException("The test refuses questions about policies.")
        : (IPolicyStore)inner;

    /// <summary>What happens before the store is asked for changes.</summary>
    public Action? BeforePolicies { get; set; }

    /// <summary>Lets every question about policies fail until the test takes it back.</summary>
    public void FailPolicies(bool fail = true) => policiesFail = fail;

    public ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, CancellationToken cancellationToken) =>
        Policies.SavePolicyAsync(policy, cancellationToken);

    public ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken)
    {
        BeforePolicies?.Invoke();
        return Policies.ReadPoliciesAsync(afterRevision, limit, cancellationToken);
    }

    public ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken) =>
        Policies.ReadPolicyHistoryAsync(@namespace, beforeVersion, limit, cancellationToken);

    public ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken) =>
        Policies.ReadLiveCountsAsync(@namespace, cancellationToken);

    public ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken) =>
        Policies.ReadLiveAsync(within, after, limit, cancellationToken);
}
