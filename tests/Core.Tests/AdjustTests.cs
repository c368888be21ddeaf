using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class AdjustTests
{
    private const SessionPermissions Execute = SessionPermissions.ExecuteFunctions;
    private static readonly SessionQuotas Fives = new() { Executions = 5, Concurrent = 5, Children = 5 };

    private static readonly SessionRecord Active = Given.SessionIn(
        SessionStatus.Active, provisioned: false, new SessionOverrides { FunctionPatterns = ["math.*"], Quotas = Fives });

    [Theory]
    [InlineData(SessionStatus.Created)]
    [InlineData(SessionStatus.Active)]
    [InlineData(SessionStatus.Paused)]
    public void LiveSession_Adjusted_KeepsItsStateAndHasTheNewTerms(SessionStatus status)
    {
        var record = Given.SessionIn(status, provisioned: false);
        var quotas = new SessionQuotas { PerSecond = 9 };

        var decision = SessionRules.Decide(Given.Id, record, Given.Adjust(Execute, quotas, "io:*"), Given.Facts());

        var next = decision.Next!;
        Assert.Equal(status, next.Status);
        AssertTerms(Execute, quotas, "io:*", next);
        Assert.Equal(record.ExpiresAt, next.ExpiresAt);
        Assert.Equal(SessionEventType.SessionAdjusted, Assert.Single(decision.Events).Type);
    }

    [Fact]
    public void WhatIsNotStated_InAnAdjustment_Stays()
    {
        var before = Active.Configuration.Permissions;

        AssertTerms(Execute, Fives, "math.*", Active.After(Given.Adjust(Execute, patterns: null)));
        AssertTerms(before, Fives, "", Active.After(Given.Adjust(patterns: [])));

        // Quotas are stated whole: a dimension that is open in them is open from now on.
        var quotas = new SessionQuotas { Executions = 7 };
        AssertTerms(before, quotas, "math.*", Active.After(Given.Adjust(quotas: quotas, patterns: null)));
    }

    [Fact]
    public void Adjustment_AfterOthers_LeavesACreationSafeToRepeat()
    {
        var create = Given.Create();
        var adjusted = ((SessionRecord?)null).After(create).After(Given.Adjust(Execute, patterns: null));

        Assert.Equal(adjusted.Version, SessionRules.Decide(Given.Id, adjusted, create with { CommandId = CommandId.New() }, Given.Facts()).ReplayOf);
    }

    [Fact]
    public void Adjustment_BeyondTheCeilings_IsRefusedByEveryName()
    {
        var template = Given.Template(new TemplateDefinition { Ceiling = new SessionCeiling { Permissions = Execute, Quotas = new() { Executions = 5 } } });
        var record = ((SessionRecord?)null).After(Given.Create(template: true), Given.Facts(template: template));
        var facts = Given.Facts() with { NamespaceCeiling = new SessionCeiling { Quotas = new() { Executions = 9, Children = 3 } } };

        AssertFaulty(
            record,
            Given.Adjust(Execute | SessionPermissions.ReadCrossSession, new() { Executions = 6, Children = 4 }, patterns: null),
            facts,
            "permissions", "quotas.executions", "quotas.children");

        var adjusted = record.After(Given.Adjust(Execute, new() { Executions = 5, Children = 3 }, patterns: null), facts);
        Assert.Equal(new SessionQuotas { Executions = 5, Children = 3 }, adjusted.Configuration.Quotas);
    }

    [Fact]
    public void OpenQuota_InAnAdjustment_GetsTheBoundOfTheCeiling()
    {
        var facts = Given.Facts() with { NamespaceCeiling = new SessionCeiling { Quotas = new() { Concurrent = 8, DataBytes = 100 } } };

        var adjusted = Active.After(Given.Adjust(quotas: new SessionQuotas { Concurrent = 2 }, patterns: null), facts);

        Assert.Equal(new SessionQuotas { Concurrent = 2, DataBytes = 100 }, adjusted.Configuration.Quotas);
    }

    [Fact]
    public void Adjustment_UnderACeilingLoweredSince_IsNotRefusedForWhatItDoesNotState()
    {
        var facts = Given.Facts() with
        {
            NamespaceCeiling = new SessionCeiling { MaxDuration = TimeSpan.FromSeconds(1), Permissions = Execute, Quotas = new() { Executions = 1 } },
        };

        AssertTerms(Active.Configuration.Permissions, Fives, "math.add", Active.After(Given.Adjust(patterns: "math.add"), facts));
    }

    [Fact]
    public void Adjustment_ThatIsNotWellFormed_IsRefusedByEveryNameInAnyState()
    {
        var bad = Given.Adjust((SessionPermissions)64, new() { Executions = -1, Children = long.MaxValue }, "ok", "a b", "");
        var fields = new[] { "permissions", "functionPatterns[1]", "functionPatterns[2]", "quotas.executions", "quotas.children" };

        AssertFaulty(Active, bad, Given.Facts(), fields);
        AssertFaulty(Given.SessionIn(SessionStatus.Closed, provisioned: false), bad, Given.Facts(), fields);
        AssertFaulty(Active, Given.Adjust(patterns: null), Given.Facts(), "permissions");
    }

    [Fact]
    public void SessionPastItsTime_ThatDoesNotCloseByItself_IsAdjustedAllTheSame()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { AutoExpire = false });
        var late = Given.Facts(Given.Start + TimeSpan.FromDays(1));

        Assert.Equal(Execute, record.After(Given.Adjust(Execute, patterns: null), late).Configuration.Permissions);
    }

    private static void AssertTerms(SessionPermissions permissions, SessionQuotas quotas, string patterns, SessionRecord record)
    {
        var terms = record.Configuration;
        Assert.Equal((permissions, quotas, patterns), (terms.Permissions, terms.Quotas, string.Join(' ', terms.FunctionPatterns)));
        Assert.Equal((Active.Configuration.MaxDuration, Active.Configuration.Settings), (terms.MaxDuration, terms.Settings));
    }

    private static void AssertFaulty(SessionRecord record, AdjustSession command, DecisionFacts facts, params string[] fields)
    {
        var decision = SessionRules.Decide(Given.Id, record, command, facts);

        Assert.Null(decision.Next);
        Assert.Empty(decision.Events);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Equal(fields, decision.Refusal.Faults.Select(fault => fault.Field));
    }
}
