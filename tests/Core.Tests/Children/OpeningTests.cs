using Sessions.Core.Children;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Children;

/// <summary>What a session may open, and what the child gets.</summary>
public class OpeningTests
{
    private static readonly SessionQuotas Some = new() { Executions = 100, Concurrent = 10, PerSecond = 20, ComputeTime = TimeSpan.FromMinutes(10), DataBytes = 1000, Children = 5 };
    private static readonly SessionQuotas Part = new() { Executions = 40, Concurrent = 4, PerSecond = 5, ComputeTime = TimeSpan.FromMinutes(3), DataBytes = 300, Children = 2 };

    [Fact]
    public void Child_OfALimitedParent_TakesItsShareOutOfIt()
    {
        var parent = Active(Some);

        var decision = SessionRules.Decide(Given.Id, parent, Given.OpenChild(new() { Quotas = Part }), Given.Facts());

        var next = decision.Next!;
        var opened = Assert.Single(decision.Events);
        Assert.Equal((SessionEventType.ChildOpened, Given.ChildId), (opened.Type, opened.Peer));
        Assert.Equal(SessionStatus.Active, next.Status);
        Assert.Equal(Part, Assert.Single(next.Children).Quotas);
        Assert.Equal(
            new SessionQuotas { Executions = 60, Concurrent = 6, PerSecond = 15, ComputeTime = TimeSpan.FromMinutes(7), DataBytes = 700, Children = 3 },
            EffectiveTerms.Quotas(next));
        Assert.Equal(Some, next.Configuration.Quotas);
        Assert.True(Narrowing.Of(parent, next));
        Assert.Equal(1, next.ToSnapshot().Usage.Children);
        Assert.Equal(Given.ChildId, Assert.Single(next.ToSnapshot().Children));
    }

    [Fact]
    public void Child_CreatedByThePlan_HasItsParentAndWhatWasDecided()
    {
        var parent = Active(Some);
        var open = Given.OpenChild(new() { Quotas = Part, FunctionPatterns = ["math.*"] }) with { Reason = "split" };
        var opened = parent.After(open);

        var child = Given.ChildOf(opened);

        Assert.Equal((Given.ChildId, Given.Namespace, Given.Alice), (child.Id, child.Namespace, child.Creator));
        Assert.Equal((Given.Id, 1, opened.Version), (child.Parent!.Id, child.Parent.Depth, child.Parent.Opening));
        Assert.Equal((Part, "math.*"), (child.Configuration.Quotas, string.Join(' ', child.Configuration.FunctionPatterns)));
        Assert.Equal(new SessionCause(Given.Alice, "split", open.CommandId), child.LastChange);
        Assert.Equal(SessionStatus.Created, child.Status);
        Assert.Equal(child.Version, ChildRules.Create(child.Id, child, opened.Children[0].Plan!, Given.Facts()).ReplayOf);
    }

    [Fact]
    public void WhatIsNotStated_IsLoweredToTheParents()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new()
        {
            Permissions = SessionPermissions.ExecuteFunctions,
            FunctionPatterns = ["math.*"],
            MaxDuration = TimeSpan.FromMinutes(10),
        });
        var facts = Given.Facts(Given.Start + TimeSpan.FromMinutes(4));

        var child = Given.ChildOf(parent.After(Given.OpenChild(), facts), facts: facts);

        Assert.Equal(SessionPermissions.ExecuteFunctions, child.Configuration.Permissions);
        Assert.Equal("math.*", Assert.Single(child.Configuration.FunctionPatterns));
        Assert.Equal(parent.ExpiresAt, child.ExpiresAt);
        Assert.Equal(SessionQuotas.Unlimited, child.Configuration.Quotas);
    }

    [Fact]
    public void WhatIsStatedBeyondTheParents_IsRefusedByEveryName()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new()
        {
            Permissions = SessionPermissions.ExecuteFunctions,
            FunctionPatterns = ["math.*", "io:read"],
            MaxDuration = TimeSpan.FromMinutes(10),
            Quotas = new() { Executions = 10, Children = 3 },
        });
        var open = Given.OpenChild(new()
        {
            Permissions = SessionPermissions.All,
            FunctionPatterns = ["math.add*", "io:*", "*"],
            MaxDuration = TimeSpan.FromMinutes(11),
            Quotas = new() { Executions = 1 },
        });
        open = open with { Specification = open.Specification with { Namespace = SessionNamespace.Parse("acme/evaluation") } };

        AssertFaulty(parent, open, "maxDuration", "permissions", "namespace", "functionPatterns[1]", "functionPatterns[2]", "quotas.children");
        AssertFaulty(parent, Given.OpenChild(new() { FunctionPatterns = [], Quotas = parent.Configuration.Quotas }), "functionPatterns");
    }

    [Fact]
    public void NamespaceBelow_AndAnotherCreator_ArePermitted()
    {
        var open = Given.OpenChild();
        open = open with
        {
            Specification = open.Specification with { Namespace = SessionNamespace.Parse("acme/eval/batch"), Creator = Principal.Parse("bob") },
        };

        var child = Given.ChildOf(Active().After(open));

        Assert.Equal(("acme/eval/batch", "bob"), (child.Namespace.ToString(), child.Creator.ToString()));
    }

    [Fact]
    public void TemplatesQuotasAndPatterns_CountAsStatedAndAreLowered()
    {
        var template = Given.Template(new()
        {
            Configuration = new() { Quotas = new() { Executions = 30 }, FunctionPatterns = ["math.add", "io:*"] },
        });
        var facts = Given.Facts(template: template);
        var open = Given.OpenChild();
        open = open with { Specification = open.Specification with { Template = TemplateReference.Parse("notebook") } };
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = new() { Executions = 50 }, FunctionPatterns = ["math.*"] });

        var next = parent.After(open, facts);
        var child = Given.ChildOf(next, facts: facts);

        Assert.Equal(20, EffectiveTerms.Quotas(next).Executions);
        Assert.Equal((30, "math.add"), (child.Configuration.Quotas.Executions, Assert.Single(child.Configuration.FunctionPatterns)));
        Assert.Equal(TemplateReference.Parse("notebook@3"), child.Template);

        // Patterns of which none is left would let everything run.
        var other = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { FunctionPatterns = ["net.*"] });
        var refused = SessionRules.Decide(Given.Id, other, open, facts);
        Assert.Equal("functionPatterns", Assert.Single(refused.Refusal!.Faults).Field);
    }

    [Theory]
    [InlineData("executions", 100, 41, 60)]
    [InlineData("concurrent", 10, 6, 5)]
    [InlineData("computeTime", 600_000, 360_001, 240_000)]
    [InlineData("dataBytes", 1000, 501, 500)]
    [InlineData("children", 5, 2, 3)]
    public void MoreThanIsLeft_IsRefusedWithWhatIsLeft(string dimension, long limit, long asked, long used)
    {
        var parent = Active(Some).After(Given.OpenChild(new() { Quotas = new() { Executions = 20, Concurrent = 2, PerSecond = 0, ComputeTime = TimeSpan.FromMinutes(1), DataBytes = 100, Children = 2 } }));
        parent = parent with { Usage = new SessionUsage { Executions = 40, ComputeTime = TimeSpan.FromMinutes(1), DataBytes = 400 } };
        var facts = Given.Facts() with { Outstanding = new(3, TimeSpan.FromMinutes(2)) };
        var (most, other) = (Ask(asked - 1), SessionId.New());

        var decision = SessionRules.Decide(Given.Id, parent, Given.OpenChild(new() { Quotas = Ask(asked) }, other), facts);

        Assert.Equal((SessionErrorCode.QuotaExceeded, dimension, limit, used), (decision.Refusal!.Code, decision.Refusal.Dimension, decision.Refusal.Limit, decision.Refusal.Used));
        Assert.NotNull(SessionRules.Decide(Given.Id, parent, Given.OpenChild(new() { Quotas = most }, other), facts).Next);

        SessionQuotas Ask(long amount) => new()
        {
            Executions = dimension == "executions" ? amount : 0,
            Concurrent = dimension == "concurrent" ? amount : 0,
            PerSecond = 0,
            ComputeTime = dimension == "computeTime" ? TimeSpan.FromMilliseconds(amount) : TimeSpan.Zero,
            DataBytes = dimension == "dataBytes" ? amount : 0,
            Children = dimension == "children" ? amount : 0,
        };
    }

    [Fact]
    public void Tree_AtItsGreatestDepth_OpensNoMore()
    {
        var session = Active();
        for (var depth = 1; depth <= ChildRules.MaxDepth; depth++)
        {
            session = Given.ChildOf(session.AfterIts(Given.OpenChild(child: Numbered(depth))), Numbered(depth)).AfterIts(Given.Activate());
            Assert.Equal(depth, session.Parent!.Depth);
        }

        var refusal = SessionRules.Decide(session.Id, session, Given.OpenChild(child: SessionId.New()), Given.Facts()).Refusal!;

        Assert.Equal((SessionErrorCode.QuotaExceeded, "depth", 8L, 9L), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
    }

    [Fact]
    public void Children_WithoutAQuotaOfThem_AreFewAllTheSame()
    {
        var parent = Enumerable.Range(0, ChildRules.MaxChildren).Aggregate(
            Active(), (parent, _) => parent.After(Given.OpenChild(child: SessionId.New())));

        var refusal = SessionRules.Decide(Given.Id, parent, Given.OpenChild(child: SessionId.New()), Given.Facts()).Refusal!;

        Assert.Equal((SessionErrorCode.QuotaExceeded, "children", (long)ChildRules.MaxChildren), (refusal.Code, refusal.Dimension, refusal.Limit));
    }

    [Fact]
    public void SameChild_OpenedAgain_IsARepetitionOrAConflict()
    {
        var open = Given.OpenChild();
        var opened = Active().After(open);

        Assert.Equal(opened.Version, SessionRules.Decide(Given.Id, opened, open, Given.Facts()).ReplayOf);
        Assert.Equal(opened.Version, SessionRules.Decide(Given.Id, opened, open with { CommandId = CommandId.New() }, Given.Facts()).ReplayOf);
        var other = Given.OpenChild(new() { AutoExpire = false });
        Assert.Equal(SessionErrorCode.CommandConflict, SessionRules.Decide(Given.Id, opened, other, Given.Facts()).Refusal!.Code);
    }

    [Fact]
    public void IdOfAnotherSession_GivenToAChild_IsRefusedThere()
    {
        var plan = Active().After(Given.OpenChild()).Children[0].Plan!;
        var stranger = Active() with { Id = Given.ChildId };
        var earlier = Given.ChildOf(Active().After(Given.Pause()).After(Given.Resume()).After(Given.OpenChild()));

        Assert.Equal(SessionErrorCode.CommandConflict, ChildRules.Create(Given.ChildId, stranger, plan, Given.Facts()).Refusal!.Code);
        Assert.Equal(SessionErrorCode.CommandConflict, ChildRules.Create(Given.ChildId, earlier, plan, Given.Facts()).Refusal!.Code);
    }

    [Fact]
    public void Malformed_IsRefusedByEveryName()
    {
        var open = new OpenChildSession { Actor = Given.Alice, Specification = new() { Overrides = null! } };

        AssertFaulty(Active(), open, "child", "overrides");
        AssertFaulty(Active(), Given.OpenChild(child: Given.Id), "child");
        AssertFaulty(Active(), open with { Child = Given.ChildId, Specification = null! }, "specification");
    }

    [Fact]
    public void SessionPastItsTime_ThatDoesNotCloseByItself_OpensNone()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new() { AutoExpire = false });

        var decision = SessionRules.Decide(Given.Id, parent, Given.OpenChild(), Given.Facts(parent.ExpiresAt));

        Assert.Equal(SessionErrorCode.SessionExpired, decision.Refusal!.Code);
    }

    [Fact]
    public void Child_AdjustedBeyondWhatItsParentLetItHave_IsRefused()
    {
        var parent = Given.SessionIn(SessionStatus.Active, provisioned: false, new()
        {
            Permissions = SessionPermissions.ExecuteFunctions,
            FunctionPatterns = ["math.*"],
            Quotas = new() { Executions = 100 },
        });
        var child = Given.ChildOf(parent.After(Given.OpenChild(new() { Quotas = new() { Executions = 10 } })));

        AssertFaulty(
            child,
            Given.Adjust(SessionPermissions.All, new() { Executions = 11 }, "math.add", "io:*"),
            "permissions", "quotas.executions", "functionPatterns[1]");
        AssertFaulty(child, Given.Adjust(patterns: []), "functionPatterns");
        var open = child.AfterIts(Given.Adjust(quotas: new SessionQuotas(), patterns: "math.add"));
        Assert.Equal((10, "math.add"), (open.Configuration.Quotas.Executions, Assert.Single(open.Configuration.FunctionPatterns)));
    }

    private static SessionRecord Active(SessionQuotas? quotas = null) =>
        Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = quotas });

    private static SessionId Numbered(int n) => SessionId.Parse($"s-0000000000000000000000010{n}");

    private static void AssertFaulty(SessionRecord record, SessionCommand command, params string[] fields)
    {
        var decision = SessionRules.Decide(record.Id, record, command, Given.Facts());

        Assert.Null(decision.Next);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Equal(fields, decision.Refusal.Faults.Select(fault => fault.Field));
    }
}
