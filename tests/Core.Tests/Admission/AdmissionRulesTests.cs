using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Core.Tests.Admission;

public class AdmissionRulesTests
{
    public static TheoryData<AdmissionStep> Steps => new(Admissible.Steps);

    [Fact]
    public void Request_ThatNothingSpeaksAgainst_IsAdmitted()
    {
        var decision = AdmissionRules.Decide(Admissible.Facts, Admissible.Request);

        Assert.True(decision.IsAdmitted);
        Assert.Null(decision.RefusedAt);
        Assert.Equal((Admissible.Id, 7, SessionStatus.Active), (decision.SessionId, decision.Version, decision.Status));
        Assert.Equal(Admissible.Facts.Left, decision.Left);
        Assert.Equal(Admissible.Facts.TimeLeft, decision.TimeLeft);
    }

    [Fact]
    public void Steps_OfTheTests_AreAllThereAre() =>
        Assert.Equal(Enum.GetValues<AdmissionStep>().Where(step => step != AdmissionStep.Invalid), Admissible.Steps.Order());

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_ThatAloneIsNotPassed_Refuses(AdmissionStep step)
    {
        var decision = Admissible.DecideWithout(step);

        Assert.False(decision.IsAdmitted);
        Assert.Equal(step, decision.RefusedAt);
        Assert.Equal((Admissible.Id, decision.Status, 7L), (decision.Refusal!.SessionId, decision.Refusal.Status, decision.Refusal.ActualVersion));
    }

    [Fact]
    public void Steps_AnyOfThemNotPassed_TheFirstRefuses() =>
        Check(Gen.Choose(1, (1 << Admissible.Steps.Count) - 1), set =>
        {
            var spoilt = Admissible.Steps.Where((_, i) => (set & (1 << i)) != 0).ToList();
            var (facts, request) = (Admissible.Facts, Admissible.Request);
            foreach (var step in spoilt)
            {
                (facts, request) = Admissible.Spoil(step, facts, request);
            }

            return AdmissionRules.Judge(facts, request) == spoilt[0] && AdmissionRules.Decide(facts, request).RefusedAt == spoilt[0];
        });

    [Fact]
    public void Session_ThatIsNotActive_IsNotActive()
    {
        foreach (var status in Enum.GetValues<SessionStatus>().Where(status => status is not (SessionStatus.Invalid or SessionStatus.Active)))
        {
            var decision = AdmissionRules.Decide(Admissible.Facts with { Status = status }, Admissible.Request);

            Assert.Equal((AdmissionStep.Status, SessionErrorCode.SessionNotActive), (decision.RefusedAt, decision.Refusal!.Code));
            Assert.Equal(status, decision.Refusal.Status);
        }
    }

    [Fact]
    public void Session_ThatDoesNotExist_IsNotFound()
    {
        var refusal = AdmissionRules.Decide(new AdmissionFacts { SessionId = Admissible.Id }, Admissible.Request).Refusal!;

        Assert.Equal((SessionErrorCode.SessionNotFound, Admissible.Id), (refusal.Code, refusal.SessionId));
        Assert.Null(refusal.Status);
    }

    [Fact]
    public void Session_PastItsTime_IsExpiredAndSaysWhen()
    {
        foreach (var left in new[] { TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.MinValue })
        {
            var decision = AdmissionRules.Decide(Admissible.Facts with { TimeLeft = left }, Admissible.Request);

            Assert.Equal((SessionErrorCode.SessionExpired, Admissible.End), (decision.Refusal!.Code, decision.Refusal.ExpiredAt));
            Assert.Equal(TimeSpan.Zero, decision.TimeLeft);
        }

        Assert.True(AdmissionRules.Decide(Admissible.Facts with { TimeLeft = TimeSpan.FromTicks(1) }, Admissible.Request).IsAdmitted);
        Assert.True(AdmissionRules.Decide(Admissible.Facts with { TimeLeft = null }, Admissible.Request).IsAdmitted);
    }

    [Theory]
    [InlineData(SessionPermissions.ExecuteFunctions, 0, "ExecuteFunctions")]
    [InlineData(SessionPermissions.ExecuteFunctions, 1, "ExecuteFunctions, ComposeFunctions")]
    [InlineData(SessionPermissions.ReadCrossSession | SessionPermissions.WriteCrossSession, 0, "WriteCrossSession")]
    public void Session_WithoutAPermission_DeniesAndNamesIt(SessionPermissions wanted, int depth, string missing)
    {
        var facts = Admissible.Facts with { Permissions = SessionPermissions.ReadCrossSession };

        var refusal = AdmissionRules.Decide(facts, Admissible.Request with { Permissions = wanted, Depth = depth }).Refusal!;

        Assert.Equal((SessionErrorCode.PermissionDenied, missing), (refusal.Code, refusal.Rule));
        Assert.Contains(missing, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_WithoutCompose_IsDeniedAndNotNestingIsNot()
    {
        var facts = Admissible.Facts with { Permissions = Admissible.Execute };

        Assert.Equal(AdmissionStep.Permission, AdmissionRules.Judge(facts, Admissible.Request));
        Assert.Null(AdmissionRules.Judge(facts, Admissible.Request with { Depth = 0 }));
    }

    [Fact]
    public void Function_ThatNoPatternMatches_IsDeniedAndNamed()
    {
        var refusal = Admissible.DecideWithout(AdmissionStep.Function).Refusal!;

        Assert.Equal(SessionErrorCode.PermissionDenied, refusal.Code);
        Assert.Equal("function 'math.add' matches none of the patterns", refusal.Rule);
    }

    [Fact]
    public void Nesting_ToTheGreatestDepth_IsAdmittedAndOneMoreIsNot()
    {
        Assert.Null(AdmissionRules.Judge(Admissible.Facts, Admissible.Request with { Depth = AdmissionRules.MaxDepth }));

        var refusal = Admissible.DecideWithout(AdmissionStep.Depth).Refusal!;

        Assert.Equal((SessionErrorCode.QuotaExceeded, "depth", 16L, 17L), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
        Assert.Null(refusal.RetryAfter);
    }

    [Theory]
    [InlineData(AdmissionStep.Executions, "executions", 100, false)]
    [InlineData(AdmissionStep.Concurrent, "concurrent", 4, true)]
    [InlineData(AdmissionStep.PerSecond, "perSecond", 9, true)]
    [InlineData(AdmissionStep.ComputeTime, "computeTime", 300_000, false)]
    public void Quota_UsedUp_IsExceededWithItsNumbers(AdmissionStep step, string dimension, long limit, bool refills)
    {
        var refusal = Admissible.DecideWithout(step).Refusal!;

        Assert.Equal((SessionErrorCode.QuotaExceeded, dimension, limit, limit), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
        Assert.Equal(refills ? Admissible.Facts.RetryAfter : null, refusal.RetryAfter);
        Assert.Contains($"{limit} of {limit}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdmissionStep.Executions)]
    [InlineData(AdmissionStep.ComputeTime)]
    public void Quota_UsedUpForGood_IsNamedBeforeThoseThatComeFree(AdmissionStep lasting)
    {
        var (facts, request) = Admissible.Spoil(lasting, Admissible.Facts, Admissible.Request);
        facts = facts with { Left = facts.Left with { Concurrent = 0, PerSecond = 0 } };

        var decision = AdmissionRules.Decide(facts, request);

        Assert.Equal(lasting, decision.RefusedAt);
        Assert.Null(decision.Refusal!.RetryAfter);
        Assert.All(decision.Trace[..^1], check => Assert.NotEqual("0 left", check.Margin));
    }

    [Fact]
    public void Quota_LoweredBelowWhatIsUsed_IsExceededWithWhatIsUsed()
    {
        var facts = Admissible.Facts with { Left = new QuotaMargins(-20, null, null, null) };

        var refusal = AdmissionRules.Decide(facts, Admissible.Request).Refusal!;

        Assert.Equal((100L, 120L), (refusal.Limit, refusal.Used));
    }

    [Fact]
    public void Quotas_ThatAreNotLimited_RefuseNothing() =>
        Assert.Null(AdmissionRules.Judge(Admissible.Facts with { Left = default, Quotas = null }, Admissible.Request));

    [Fact]
    public void Policy_ThatPermitsLess_IsViolatedAndNamed()
    {
        var decision = Admissible.DecideWithout(AdmissionStep.Policy);

        Assert.Equal((SessionErrorCode.PolicyViolation, "the namespace does not permit ComposeFunctions"), (decision.Refusal!.Code, decision.Refusal.Rule));
        Assert.Equal(Admissible.Execute, decision.Permissions);
    }

    [Fact]
    public void Request_WrongInEveryPart_NamesAllPartsAtOnceAndIsJudgedByNoStep()
    {
        var request = new AdmissionRequest { Permissions = (SessionPermissions)64, Depth = -1 };

        var decision = AdmissionRules.Decide(Admissible.Facts, request);

        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Equal(["function", "permissions", "depth"], decision.Refusal.Faults.Select(fault => fault.Field));
        Assert.Null(decision.RefusedAt);
        Assert.Equal("permissions", Assert.Single(AdmissionRules.FindFaults(Admissible.Request with { Permissions = default })).Field);
        Assert.Empty(AdmissionRules.FindFaults(Admissible.Request));
    }

    [Fact]
    public void Request_NotWellFormed_IsNotAdmittedByJudgingAloneEither()
    {
        var facts = Admissible.Facts with { FunctionPatterns = [], Permissions = (SessionPermissions)(-1), PolicyPermissions = (SessionPermissions)(-1) };

        Assert.Null(AdmissionRules.Judge(facts, Admissible.Request));
        Assert.Equal(AdmissionStep.Permission, AdmissionRules.Judge(facts, default));
        Assert.Equal(AdmissionStep.Permission, AdmissionRules.Judge(facts, Admissible.Request with { Permissions = (SessionPermissions)64 }));
        Assert.Equal(AdmissionStep.Function, AdmissionRules.Judge(facts, Admissible.Request with { Function = default }));
        Assert.Equal(AdmissionStep.Depth, AdmissionRules.Judge(facts, Admissible.Request with { Depth = -1 }));
    }

    [Fact]
    public void Judging_ARequest_AllocatesNothing()
    {
        AdmissionRules.Judge(Admissible.Facts, Admissible.Request);
        var refused = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            refused += AdmissionRules.Judge(Admissible.Facts, Admissible.Request) is null ? 0 : 1;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, refused);
    }

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
