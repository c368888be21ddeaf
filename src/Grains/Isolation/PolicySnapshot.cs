using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core.Isolation;

namespace Sessions.Grains.Isolation;

/// <summary>All policies up to one revision, and what they come to in the namespaces that were asked about. Never changes what it says.</summary>
internal sealed class PolicySnapshot(long revision, ImmutableDictionary<SessionNamespace, NamespacePolicy?> newest)
{
    /// <summary>Before anything was learnt.</summary>
    public static readonly PolicySnapshot Empty = new(0, ImmutableDictionary<SessionNamespace, NamespacePolicy?>.Empty);

    // Sessions come and go in ever new namespaces, and what is made out for them is soon made out again.
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<SessionNamespace, EffectivePolicy?> effective = new();

    public long Revision => revision;

    /// <summary>The newest version of every policy; null for one that cannot be read.</summary>
    public ImmutableDictionary<SessionNamespace, NamespacePolicy?> Newest => newest;

    public EffectivePolicy? Of(SessionNamespace @namespace)
    {
        if (effective.TryGetValue(@namespace, out var known))
        {
            return known;
        }

        if (effective.Count >= MostKept)
        {
            effective.Clear();
        }

        return effective[@namespace] = PolicyEvaluator.Evaluate(@namespace, newest);
    }
}
