using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Isolation;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Isolation;

/// <summary>What all policies on a path, and those that they extend, say together.</summary>
public class PolicyEvaluatorTests
{
    private static readonly SessionNamespace Deep = SessionNamespace.Parse("acme/a/b");

    [Fact]
    public void NoPolicy_Evaluated_SaysNothing()
    {
        var effective = PolicyEvaluator.Evaluate(Deep, Policies.Set(("acme/b", new() { MaxLiveSessions = 0 })))!;

        Assert.Equal((Deep, 0L, SessionCeiling.None), (effective.Namespace, effective.Revision, effective.Ceiling));
        Assert.Empty(effective.LiveLimits);
        Assert.Empty(effective.DataRules);
    }

    [Fact]
    public void Maximum_ThatHasAQueue_KeepsIt_AndTheOthersHaveNone()
    {
        var queue = new AdmissionQueue(10, TimeSpan.FromMinutes(1));
        var effective = PolicyEvaluator.Evaluate(
            Deep, Policies.Set(("acme", new() { MaxLiveSessions = 100, Queue = queue }), ("acme/a/b", new() { MaxLiveSessions = 50 })))!;

        Assert.Equal([queue, null], effective.LiveLimits.Select(limit => limit.Queue));
    }

    [Fact]
    public void LevelsOfAPath_Evaluated_AreIntersectedAndListedFromTheOutermost()
    {
        var rule = new DataRule { Name = "r", Effect = RuleEffect.Allow, Who = DataSubject.Parse("acme/**"), Operations = DataOperations.Read };

        var effective = PolicyEvaluator.Evaluate(Deep, Policies.Set(
            ("acme/a/b", new() { Ceiling = new() { MaxDuration = TimeSpan.FromHours(2) }, MaxLiveSessions = 50, DataRules = [rule] }),
            ("acme", new() { Ceiling = new() { MaxDuration = TimeSpan.FromHours(1) }, MaxLiveSessions = 100, DataRules = [] }),
            ("acme/a", new() { Ceiling = new() { Permissions = SessionPermissions.ExecuteFunctions } })))!;

        Assert.Equal((TimeSpan.FromHours(1), SessionPermissions.ExecuteFunctions), (effective.Ceiling.MaxDuration, effective.Ceiling.Permissions));
        Assert.Equal<LiveLimit>([new(SessionNamespace.Parse("acme"), 100), new(Deep, 50)], effective.LiveLimits);
        Assert.Equal(["acme", "acme/a/b"], effective.DataRules.Select(set => set.Namespace.ToString()));
        Assert.Equal(3, effective.Revision);
    }

    [Fact]
    public void ExtendedPolicy_Evaluated_CountsWithItsOwnPathButNotItsMaximum()
    {
        var effective = PolicyEvaluator.Evaluate(Deep, Policies.Set(
            ("acme/a", new() { Extends = [SessionNamespace.Parse("acme/base/strict")] }),
            ("acme/base", new() { Ceiling = new() { Permissions = SessionPermissions.None }, MaxLiveSessions = 1 }),
            ("acme/base/strict", new() { Ceiling = new() { Quotas = new() { Executions = 3 } }, DataRules = [] })))!;

        Assert.Equal((SessionPermissions.None, 3L), (effective.Ceiling.Permissions, effective.Ceiling.Quotas.Executions));
        Assert.Empty(effective.LiveLimits);
        Assert.Single(effective.DataRules);
    }

    [Fact]
    public void Namespace_ComparedWithTheOneAbove_IsNeverWider() => Holds(policies =>
        Policies.Namespaces.All(@namespace => @namespace.Path().All(above => Policies.IsWithin(
            PolicyEvaluator.Evaluate(@namespace, policies), PolicyEvaluator.Evaluate(above, policies)))));

    [Fact]
    public void OnePolicy_MadeNarrower_WidensNothingAnywhere() => Holds(Policies.AnyCeiling, Gen.Choose(0, 5), (policies, ceiling, live) =>
        policies.Values.OfType<NamespacePolicy>().All(policy =>
        {
            var definition = policy.Definition with
            {
                Ceiling = policy.Definition.Ceiling.Intersect(ceiling),
                MaxLiveSessions = Math.Min(live, policy.Definition.MaxLiveSessions ?? live),
                DataRules = policy.Definition.DataRules ?? [],
            };
            var narrowed = policies.SetItem(policy.Namespace, policy with { Definition = definition });
            return Policies.Namespaces.All(@namespace => Policies.IsWithin(
                PolicyEvaluator.Evaluate(@namespace, narrowed), PolicyEvaluator.Evaluate(@namespace, policies)));
        }));

    [Fact]
    public void OnePolicyMore_OrOneExtensionMore_WidensNothingAnywhere() => Holds(Policies.AnyDefinition, Policies.AnyNamespace, (policies, added, where) =>
    {
        var present = policies.GetValueOrDefault(where)?.Definition;
        var more = policies.SetItem(where, Policies.Of(where, present is null ? added : present with { Extends = present.Extends.AddRange(added.Extends) }));
        return Policies.Namespaces.All(@namespace => Policies.IsWithin(
            PolicyEvaluator.Evaluate(@namespace, more), PolicyEvaluator.Evaluate(@namespace, policies)));
    });

    [Fact]
    public void DenyAddedToAPolicy_LeavesEveryRuleThatWasThere() => Holds(Policies.AnyRule, Policies.AnyNamespace, (policies, rule, where) =>
    {
        var present = policies.GetValueOrDefault(where)?.Definition ?? PolicyDefinition.None;
        var denying = present with { DataRules = (present.DataRules ?? []).Add(rule with { Name = "deny", Effect = RuleEffect.Deny }) };
        var more = policies.SetItem(where, Policies.Of(where, denying));
        return Policies.Namespaces.All(@namespace => Policies.IsWithin(
            PolicyEvaluator.Evaluate(@namespace, more), PolicyEvaluator.Evaluate(@namespace, policies)));
    });

    [Fact]
    public void Levels_InWhateverOrder_SayTheSame() => Holds(policies =>
    {
        // The same definitions, extended in the other order: who is looked at first differs, what is said does not.
        var turned = policies.ToImmutableDictionary(
            pair => pair.Key, pair => pair.Value is { } p ? p with { Definition = p.Definition with { Extends = [.. p.Definition.Extends.Reverse()] } } : null);
        return Policies.Namespaces.All(@namespace =>
        {
            var (a, b) = (PolicyEvaluator.Evaluate(@namespace, policies), PolicyEvaluator.Evaluate(@namespace, turned));
            return Policies.IsWithin(a, b) && Policies.IsWithin(b, a);
        });
    });

    [Fact]
    public void UnreadablePolicy_DeniesEverythingBelow_AndWhereverItIsExtended() => Holds(Policies.AnyNamespace, Policies.AnyNamespace, (policies, where, who) =>
    {
        var unreadable = policies.SetItem(where, null);
        var extending = unreadable.SetItem(who, who == where ? null : Policies.Of(who, new() { Extends = [where] }));
        return Policies.Namespaces.All(@namespace =>
            (!where.Contains(@namespace) || PolicyEvaluator.Evaluate(@namespace, unreadable) is null)
            && (!who.Contains(@namespace) || PolicyEvaluator.Evaluate(@namespace, extending) is null));
    });

    [Fact]
    public void CycleOfTwo_Evaluated_IsTheIntersectionOfBoth()
    {
        var (a, b) = (SessionNamespace.Parse("acme/a"), SessionNamespace.Parse("acme/b"));
        var policies = Policies.Set(
            ("acme/a", new() { Ceiling = new() { MaxDuration = TimeSpan.FromHours(1) }, Extends = [b] }),
            ("acme/b", new() { Ceiling = new() { Permissions = SessionPermissions.None }, Extends = [a] }));

        var expected = new SessionCeiling { MaxDuration = TimeSpan.FromHours(1), Permissions = SessionPermissions.None };
        Assert.Equal(expected, PolicyEvaluator.Evaluate(a, policies)!.Ceiling);
        Assert.Equal(expected, PolicyEvaluator.Evaluate(b, policies)!.Ceiling);
    }

    [Theory]
    [InlineData("acme/b", "acme/c", null)]
    [InlineData("acme/b", "acme/a", "acme/b acme/a acme/b")]
    [InlineData("acme/b", "acme/a/deep", "acme/b acme/a/deep acme/a acme/b")]
    [InlineData("acme/c", "acme/a/deep", null)]
    public void Extension_ThatLeadsBack_IsFoundWithItsWay(string @namespace, string extends, string? way)
    {
        var policies = Policies.Set(("acme/a", new() { Extends = [SessionNamespace.Parse("acme/b")] }));

        var cycle = PolicyEvaluator.FindCycle(SessionNamespace.Parse(@namespace), [SessionNamespace.Parse(extends)], policies);

        Assert.Equal(way, cycle is { } found ? string.Join(' ', found) : null);
    }

    [Fact]
    public void ExtensionsWithoutACycle_NeverReachThemselves() => Holds(Policies.AnyNamespace, Policies.AnyNamespace, (policies, from, to) =>
    {
        // Reaching is told from what counts in the end: who extends 'to' is bound by 'from' again just where a way leads back.
        var marked = policies.SetItem(from, Policies.Of(from, new() { DataRules = [] }));
        var reaches = PolicyEvaluator.Evaluate(to, marked)!.DataRules.Any(set => set.Namespace == from);
        return reaches == (PolicyEvaluator.FindCycle(from, [to], policies) is not null);
    });

    private static void Holds(Func<ImmutableDictionary<SessionNamespace, NamespacePolicy?>, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(200)), Prop.ForAll(Policies.Any.ToArbitrary(), property));

    private static void Holds<TA, TB>(Gen<TA> a, Gen<TB> b, Func<ImmutableDictionary<SessionNamespace, NamespacePolicy?>, TA, TB, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(200)), Prop.ForAll(Policies.Any.ToArbitrary(), a.ToArbitrary(), b.ToArbitrary(), property));
}
