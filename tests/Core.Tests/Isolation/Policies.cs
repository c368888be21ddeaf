using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Isolation;

/// <summary>Policies in small and crowded trees, so that paths, extensions and cycles meet often.</summary>
internal static class Policies
{
    private static readonly ImmutableArray<string> Segments = ["a", "b"];

    public static readonly ImmutableArray<SessionNamespace> Namespaces =
    [
        .. from depth in Enumerable.Range(0, 4)
           from path in Paths(depth)
           select SessionNamespace.Parse(string.Join('/', path.Prepend("acme"))),
    ];

    public static readonly Gen<SessionNamespace> AnyNamespace = Gen.Elements(Namespaces.AsEnumerable());

    public static readonly Gen<DataRule> AnyRule =
        from effect in Gen.Elements(RuleEffect.Allow, RuleEffect.Deny)
        from who in Gen.Elements("acme/**", "acme/a", "acme/*/b", "**")
        from operations in Gen.Elements(DataOperations.Read, DataOperations.Write, DataOperations.All)
        from name in Gen.Choose(0, 1000)
        select new DataRule { Name = $"r{name}", Effect = effect, Who = DataSubject.Parse(who), Operations = operations };

    public static readonly Gen<SessionCeiling> AnyCeiling =
        from duration in Maybe(Gen.Choose(1, 5))
        from permissions in Maybe(Gen.Choose(0, 15))
        from executions in Maybe(Gen.Choose(0, 5))
        from data in Maybe(Gen.Choose(0, 5))
        select new SessionCeiling
        {
            MaxDuration = duration is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
            Permissions = (SessionPermissions?)permissions,
            Quotas = new SessionQuotas { Executions = executions, DataBytes = data },
        };

    public static readonly Gen<PolicyDefinition> AnyDefinition =
        from ceiling in AnyCeiling
        from live in Maybe(Gen.Choose(0, 5))
        from rules in Gen.Frequency((1, Gen.Constant<IReadOnlyList<DataRule>?>(null)), (1, Gen.ListOf(AnyRule, 2).Select(list => (IReadOnlyList<DataRule>?)[.. list])))
        from count in Gen.Choose(0, 2)
        from extends in Gen.ListOf(AnyNamespace, count)
        select new PolicyDefinition
        {
            Ceiling = ceiling,
            MaxLiveSessions = live,
            DataRules = rules is null ? null : [.. rules],
            Extends = [.. extends],
        };

    /// <summary>A policy in about half of the namespaces.</summary>
    public static readonly Gen<ImmutableDictionary<SessionNamespace, NamespacePolicy?>> Any =
        from definitions in Gen.ListOf(Gen.Frequency((1, Gen.Constant<PolicyDefinition?>(null)), (1, AnyDefinition.Select(d => (PolicyDefinition?)d))), Namespaces.Length)
        select definitions.Select((definition, i) => (Namespace: Namespaces[i], definition, Revision: i + 1))
            .Where(one => one.definition is not null)
            .ToImmutableDictionary(one => one.Namespace, one => Of(one.Namespace, one.definition!, one.Revision));

    public static NamespacePolicy? Of(SessionNamespace @namespace, PolicyDefinition definition, long revision = 1) => new()
    {
        Namespace = @namespace,
        Version = 1,
        Revision = revision,
        Definition = definition,
        SetAt = Given.Start,
        SetBy = Given.Alice,
    };

    public static ImmutableDictionary<SessionNamespace, NamespacePolicy?> Set(params (string Namespace, PolicyDefinition Definition)[] policies) =>
        policies.Select((one, i) => (Namespace: SessionNamespace.Parse(one.Namespace), one.Definition, Revision: i + 1))
            .ToImmutableDictionary(one => one.Namespace, one => Of(one.Namespace, one.Definition, one.Revision));

    /// <summary>Whether <paramref name="narrow"/> permits nothing that <paramref name="wide"/> does not; null permits nothing at all.</summary>
    public static bool IsWithin(EffectivePolicy? narrow, EffectivePolicy? wide)
    {
        if (narrow is null || wide is null)
        {
            return narrow is null;
        }

        // Compared by what is there, not by what Intersect says: it made them.
        var (a, b) = (narrow.Ceiling, wide.Ceiling);
        return Below(a.MaxDuration, b.MaxDuration)
            && ((a.Permissions ?? SessionPermissions.All) & ~(b.Permissions ?? SessionPermissions.All)) == 0
            && Below(a.Quotas.Executions, b.Quotas.Executions)
            && Below(a.Quotas.DataBytes, b.Quotas.DataBytes)
            && wide.LiveLimits.All(limit => narrow.LiveLimits.Any(mine => mine.Namespace == limit.Namespace && mine.Maximum <= limit.Maximum))
            && wide.DataRules.All(set => narrow.DataRules.Any(mine => mine.Namespace == set.Namespace && set.Rules.All(mine.Rules.Contains)));
    }

    private static bool Below<T>(T? a, T? b)
        where T : struct, IComparable<T> => b is not { } bound || (a is { } value && value.CompareTo(bound) <= 0);

    private static Gen<int?> Maybe(Gen<int> gen) => Gen.Frequency((2, Gen.Constant<int?>(null)), (1, gen.Select(value => (int?)value)));

    private static IEnumerable<ImmutableArray<string>> Paths(int depth) => depth == 0
        ? [[]]
        : Paths(depth - 1).SelectMany(path => Segments.Select(path.Add));
}
