using System.Collections.Immutable;

namespace Sessions.Core.Isolation;

/// <summary>Makes of everybody's policies what holds in one namespace.</summary>
internal static class PolicyEvaluator
{
    /// <summary>
    /// What holds in <paramref name="namespace"/>; null where one of the policies that count cannot be read. What it says cannot be known
    /// then, and whoever asks has to refuse.
    /// </summary>
    /// <param name="namespace">For whom.</param>
    /// <param name="newest">The newest version of every namespace's policy; null for one that cannot be read.</param>
    public static EffectivePolicy? Evaluate(SessionNamespace @namespace, IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest)
    {
        var (ceiling, revision) = (SessionCeiling.None, 0L);
        var limits = ImmutableArray.CreateBuilder<LiveLimit>();
        var rules = ImmutableArray.CreateBuilder<DataRuleSet>();
        foreach (var counting in Counting(@namespace, newest))
        {
            if (!newest.TryGetValue(counting, out var policy))
            {
                continue;
            }

            if (policy is null)
            {
                return null;
            }

            var says = policy.Definition;
            revision = Math.Max(revision, policy.Revision);
            ceiling = ceiling.Intersect(says.Ceiling);

            // What a policy counts are the sessions of its own namespace; those that extend it are somebody else's.
            if (says.MaxLiveSessions is { } maximum && counting.Contains(@namespace))
            {
                limits.Add(new LiveLimit(counting, maximum) { Queue = says.Queue });
            }

            if (says.DataRules is { } set)
            {
                rules.Add(new DataRuleSet(counting, set));
            }
        }

        return new EffectivePolicy
        {
            Namespace = @namespace,
            Revision = revision,
            Ceiling = ceiling,
            LiveLimits = limits.ToImmutable(),
            DataRules = rules.ToImmutable(),
        };
    }

    /// <summary>
    /// Whether a policy of <paramref name="namespace"/> that extends <paramref name="extends"/> would lead back to itself; then the way that
    /// it takes, else null.
    /// </summary>
    public static ImmutableArray<SessionNamespace>? FindCycle(
        SessionNamespace @namespace, ImmutableArray<SessionNamespace> extends, IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest)
    {
        var seen = new HashSet<SessionNamespace>();
        var ways = new Queue<ImmutableArray<SessionNamespace>>(extends.Select(other => ImmutableArray.Create(@namespace, other)));
        while (ways.TryDequeue(out var way))
        {
            if (way[^1] == @namespace)
            {
                return way;
            }

            if (!seen.Add(way[^1]))
            {
                continue;
            }

            foreach (var next in Parent(way[^1]).Concat(Extended(way[^1], newest)))
            {
                ways.Enqueue(way.Add(next));
            }
        }

        return null;
    }

    /// <summary>
    /// Whose policies count: the levels of the path, outermost first, and after each what it extends. Each once, so that a cycle, which two
    /// that set at the same moment can make, adds nothing: an intersection with what is in it already changes nothing.
    /// </summary>
    public static List<SessionNamespace> Counting(
        SessionNamespace @namespace, IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest)
    {
        var order = new List<SessionNamespace>();
        var seen = new HashSet<SessionNamespace>();
        var open = new Stack<SessionNamespace>(@namespace.Path().Reverse());
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next))
            {
                continue;
            }

            order.Add(next);
            foreach (var extended in Extended(next, newest).SelectMany(other => other.Path()).Reverse())
            {
                open.Push(extended);
            }
        }

        return order;
    }

    private static ImmutableArray<SessionNamespace> Extended(
        SessionNamespace @namespace, IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest) =>
        newest.GetValueOrDefault(@namespace)?.Definition.Extends ?? [];

    private static IEnumerable<SessionNamespace> Parent(SessionNamespace @namespace) => @namespace.Path().SkipLast(1).TakeLast(1);
}
