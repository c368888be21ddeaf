using Sessions.Core;
using Sessions.Grains.Isolation;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>The grain of a namespace's policy: versions, what holds, who may be live, and reaching everybody at once.</summary>
[Collection(ClusterGroup.Name)]
public sealed class IsolationPolicyTests(ClusterFixture cluster)
{
    private static readonly AdmissionRequest Run = new(FunctionName.Parse("f"));

    private readonly string name = $"i{Guid.NewGuid():n}";

    [Fact]
    public async Task NoPolicy_Asked_IsNoneAndNothingIsBounded()
    {
        Assert.Null((await Policy().Get()).Policy);
        Assert.Empty((await Policy().GetHistory(null, 10)).Policies);
        var effective = await Policy().GetEffective();
        Assert.Equal((0L, SessionCeiling.None), (effective.Policy!.Revision, effective.Policy.Ceiling));
        Assert.True((await Policy().Explain(SessionPermissions.All)).IsPermitted);
    }

    [Fact]
    public async Task Versions_Set_AreCountedAuditedAndNotDoubled()
    {
        var first = await Set(new() { MaxLiveSessions = 5, DataRules = [] }, reason: "to begin with");
        var same = await Set(new() { MaxLiveSessions = 5, DataRules = [] }, reason: "again");
        var second = await Set(new() { MaxLiveSessions = 6 });

        Assert.Equal((1L, 1L, 2L), (first.Policy!.Version, same.Policy!.Version, second.Policy!.Version));
        Assert.Equal((Alice, "to begin with", cluster.Clock.GetUtcNow().AddTicks(-(cluster.Clock.GetUtcNow().Ticks % 10))), (first.Policy.SetBy, first.Policy.Reason, first.Policy.SetAt));
        Assert.Equal([2L, 1L], (await Policy().GetHistory(null, 10)).Policies.Select(policy => policy.Version));
        Assert.Equal([1L], (await Policy().GetHistory(2, 10)).Policies.Select(policy => policy.Version));
        Assert.Equal(2, (await Policy().Get()).Policy!.Version);
    }

    [Fact]
    public async Task ExpectedVersion_ThatIsNotThere_IsAConflict()
    {
        Assert.Null((await Set(new() { MaxLiveSessions = 5 }, expected: 0)).Refusal);

        var refusal = (await Set(new() { MaxLiveSessions = 6 }, expected: 0)).Refusal!;

        Assert.Equal((SessionErrorCode.VersionConflict, 0L, 1L), (refusal.Code, refusal.ExpectedVersion, refusal.ActualVersion));
        Assert.Equal(2, (await Set(new() { MaxLiveSessions = 6 }, expected: 1)).Policy!.Version);
    }

    [Fact]
    public async Task ManyAtOnce_EachIsOneVersion()
    {
        var replies = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => Set(new() { MaxLiveSessions = n }).AsTask()));

        Assert.Equal(Enumerable.Range(1, 12).Select(n => (long)n), replies.Select(reply => reply.Policy!.Version).Order());
    }

    [Fact]
    public async Task PolicyThatLeadsBackToItself_Set_IsRefusedWithItsWay()
    {
        await Set(new() { Extends = [SessionNamespace.Parse(name + "/b")] }, "/a");

        var refusal = (await Set(new() { Extends = [SessionNamespace.Parse(name + "/a/deep")] }, "/b")).Refusal!;

        var fault = Assert.Single(refusal.Faults);
        Assert.Equal((SessionErrorCode.InvalidConfiguration, "extends"), (refusal.Code, fault.Field));
        Assert.Equal($"leads back here: {name}/b → {name}/a/deep → {name}/a → {name}/b", fault.Problem);
        Assert.Null((await Policy("/b").Get()).Policy);
    }

    [Fact]
    public async Task BadPolicy_Set_IsRefusedWithAllItsFaults()
    {
        var contradiction = new DataRule
        {
            Name = "all",
            Effect = RuleEffect.Deny,
            Who = DataSubject.Parse("**"),
            Operations = DataOperations.All,
        };
        var refusal = (await Set(new()
        {
            MaxLiveSessions = -1,
            DataRules = [contradiction, contradiction with { Name = "some", Effect = RuleEffect.Allow }, contradiction with { Name = "who", Who = default }],
            Extends = [SessionNamespace.Parse("elsewhere")],
        })).Refusal!;

        Assert.Equal(SessionErrorCode.InvalidConfiguration, refusal.Code);
        Assert.Equal(["dataRules[1]", "dataRules[2].who", "extends[0]", "maxLiveSessions"], refusal.Faults.Select(fault => fault.Field).Order());
        Assert.Equal(
            SessionErrorCode.InvalidConfiguration,
            (await cluster.Grains.GetGrain<IIsolationPolicyGrain>("no namespace").Set(new SetPolicy { Actor = Alice })).Refusal!.Code);
    }

    [Fact]
    public async Task Explanation_NamesThePolicyThatDecides()
    {
        await Set(new() { Ceiling = new() { Permissions = SessionPermissions.All } });
        await Set(new() { Ceiling = new() { Permissions = SessionPermissions.ExecuteFunctions }, MaxLiveSessions = 3 }, "/a");
        await Active("/a");

        var explanation = await Policy("/a/b").Explain(SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions);

        Assert.False(explanation.IsPermitted);
        Assert.Equal((SessionNamespace.Parse(name + "/a"), "does not permit ComposeFunctions"), (explanation.Deciding!.Namespace, explanation.Deciding.Rule));
        Assert.Contains(explanation.Steps, step => step is { Rule: "live sessions: 1 of 3", Passed: true });
        Assert.True((await Policy("/a/b").Explain(SessionPermissions.ExecuteFunctions)).IsPermitted);
    }

    [Fact]
    public async Task ExplanationOfDataAccess_NamesTheRuleOfThePolicyThatDecides()
    {
        var (caller, home) = (SessionId.New(), SessionNamespace.Parse(name + "/reader"));
        var request = new DataAccessRequest { Operation = DataOperations.Read, Key = "scores/1" };
        var everybody = new DataRule { Name = "all", Effect = RuleEffect.Allow, Who = DataSubject.Parse("**"), Operations = DataOperations.All };
        var silent = await Policy("/a/b").ExplainData(caller, home, request);
        await Set(new() { DataRules = [everybody] });
        await Set(
            new() { DataRules = [everybody, everybody with { Name = "scores", Effect = RuleEffect.Deny, Operations = DataOperations.Read, KeyPrefix = "scores/" }] }, "/a");

        var read = await Policy("/a/b").ExplainData(caller, home, request);
        var write = await Policy("/a/b").ExplainData(caller, home, request with { Operation = DataOperations.Write });
        var foreign = await Policy("/a/b").ExplainData(caller, SessionNamespace.Parse("elsewhere"), request with { Key = "x" });

        Assert.Equal("no policy of the namespace says anything about data", silent.Deciding!.Rule);
        Assert.Equal(SessionNamespace.Parse(name + "/a"), read.Deciding!.Namespace);
        Assert.StartsWith("scores: Deny ** Read", read.Deciding.Rule, StringComparison.Ordinal);
        Assert.Equal((true, 2), (write.IsPermitted, write.Steps.Length));
        Assert.Equal((SessionNamespace.Parse(name), "no rule allows it"), (foreign.Deciding!.Namespace, foreign.Deciding.Rule));
        var malformed = (await Policy().ExplainData(default, default, new DataAccessRequest { Operation = DataOperations.All, Key = "" })).Refusal!;
        Assert.Equal(SessionErrorCode.InvalidConfiguration, malformed.Code);
        Assert.Equal(["caller", "callerNamespace", "key", "operation"], malformed.Faults.Select(fault => fault.Field).Order());
    }

    [Fact]
    public async Task ApplyNow_Returned_BindsEveryLiveSessionBelowAndWhereItIsExtended()
    {
        await Set(new() { Extends = [SessionNamespace.Parse(name + "/base")] }, "/a");
        var sessions = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Active(n % 2 == 0 ? "/base/below" : "/a/below")));
        var (_, other) = await Active("/other");
        Assert.All(await Task.WhenAll(sessions.Select(one => one.Grain.Authorize(Run, 0).AsTask())), decision => Assert.True(decision.IsAdmitted));

        var reply = await Set(new() { Ceiling = new() { Permissions = SessionPermissions.None } }, "/base", applyNow: true);

        Assert.Equal((40L, 0L, 0), (reply.Reach!.Sessions, reply.Reach.Missed, reply.Reach.MissedSilos));
        foreach (var (id, grain) in sessions)
        {
            Assert.Equal(SessionErrorCode.PolicyViolation, (await grain.Authorize(Run, 0)).Refusal?.Code);
            Assert.Equal(reply.Policy!.Revision, (await cluster.Store.Sessions.ReadAsync(id, default))!.Bounds!.Revision);
        }

        Assert.True((await other.Authorize(Run, 0)).IsAdmitted);
        Assert.All(cluster.Books, book => Assert.True(book.Revision >= reply.Policy!.Revision));
    }

    [Fact]
    public async Task ApplyNow_WhileLeasesAreOut_ReturnsAfterTheyAreBack()
    {
        var (_, grain) = await Active();
        var holder = new TestHolder(cluster.Grains, grain);
        Assert.NotNull((await holder.Ask(new(5, 1, 0, TimeSpan.Zero))).Terms);

        await Set(new() { Ceiling = new() { Quotas = new() { Executions = 3 } } }, applyNow: true);

        Assert.Equal([RecallReason.Narrowed], holder.Recalls);
        Assert.False(holder.TryAdmit());
        Assert.InRange((await holder.Ask(new(5, 1, 0, TimeSpan.Zero))).Terms!.Granted.Executions, 1, 3);
    }

    [Fact]
    public async Task EarlyDecision_FollowsTheStream_AndRefusesOnlyWhatTheStoreWould()
    {
        await Set(new() { MaxLiveSessions = 2 });
        var first = await Active("/x");
        var second = await Active("/y/z");

        await Eventually.Get(() => Policy().CountLive(), count => count.Live == 2, "both are counted");

        var refusal = await Policy().Admit(SessionId.New());
        Assert.Equal((SessionErrorCode.PolicyViolation, 2L, 2L), (refusal!.Code, refusal.Limit, refusal.Used));
        await first.Grain.Close(Close());

        // At once, whatever the ledger has heard by now.
        Assert.Null(await Policy().Admit(SessionId.New()));
        await Eventually.Get(() => Policy().CountLive(), count => count == new LiveCount(SessionNamespace.Parse(name), 2, 1), "the end is counted");
        await second.Grain.Close(Close());
        await Eventually.Get(() => Policy().CountLive(), count => count.Live == 0, "both ends are counted");
        Assert.Equal((null, 0L), ((await Policy("/unlimited").CountLive()).Maximum, (await Policy("/unlimited").CountLive()).Live));
    }

    [Fact]
    public async Task LedgerThatIsWrong_NeverRefusesWronglyAndNeverLetsOneTooManyIn()
    {
        await Set(new() { MaxLiveSessions = 1 });
        var ledger = cluster.Grains.GetGrain<IPolicyLedgerGrain>("n/" + name);
        Assert.Equal(0, (await Policy().CountLive()).Live);
        await ledger.Note([new LiveNote(SessionId.New(), 1, true), new LiveNote(SessionId.New(), 1, true)]);

        var (id, first) = await Active();
        await ledger.Note([new LiveNote(id, 100, false)]);
        var second = Session();
        await second.Create(Create(Specification(name)));

        (await second.Activate(Activate())).Refused(SessionErrorCode.PolicyViolation);
        Assert.Equal(SessionStatus.Active, (await first.Get(0)).Done().Status);
    }

    [Fact]
    public async Task StreamThatLosesAndMakesUp_IsMadeGoodByTheLog()
    {
        await Set(new() { MaxLiveSessions = 5 });
        var ledger = cluster.Grains.GetGrain<IPolicyLedgerGrain>("n/" + name);
        var (id, grain) = await Active("/x");
        await Eventually.Get(() => Policy().CountLive(), count => count.Live == 1, "it is counted");

        // A word that never was, about a session that there is and about one that there is not.
        await ledger.Note([new LiveNote(id, 100, false), new LiveNote(SessionId.New(), 3, true), new LiveNote(SessionId.New(), 3, true)]);
        await Eventually.Get(() => Policy().CountLive(), count => count.Live == 1, "the log counts");

        // Of a save that passes the grains by the stream says nothing.
        var created = SessionRecords.Create(@namespace: name + "/y", at: cluster.Clock.GetUtcNow());
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(created, default));
        Assert.Equal(SaveOutcome.Saved, await cluster.Store.Sessions.SaveAsync(SessionRecords.Next(created.Record, Activate()), default));
        await Eventually.Get(() => Policy().CountLive(), count => count.Live == 2, "what the stream lost is counted");
    }

    [Fact]
    public async Task Command_RepeatedAfterAnother_GetsItsFirstAnswerAndSetsNothing()
    {
        var (first, same) = (Ask(5), Ask(5));
        Assert.Equal(1, (await Policy().Set(first)).Policy!.Version);
        Assert.Equal(1, (await Policy().Set(same)).Policy!.Version);
        Assert.Equal(2, (await Policy().Set(Ask(6))).Policy!.Version);

        var replies = new[] { await Policy().Set(first), await Policy().Set(same) };

        Assert.All(replies, reply => Assert.Equal((1L, 5L), (reply.Policy!.Version, reply.Policy.Definition.MaxLiveSessions)));
        Assert.Equal((2L, 6L), ((await Policy().Get()).Policy!.Version, (await Policy().Get()).Policy!.Definition.MaxLiveSessions));
        Assert.Equal(SessionErrorCode.CommandConflict, (await Policy().Set(first with { Reason = "another" })).Refusal!.Code);
        Assert.Equal(2, (await Policy().Get()).Policy!.Version);
    }

    [Fact]
    public async Task Command_RepeatedAfterTheWindow_IsRefusedAsTooOldAndSetsNothing()
    {
        // Its caller sent it long ago; the silos' clock has moved on by more than the window.
        var first = Ask(1) with { CommandId = CommandId.New(cluster.Clock.GetUtcNow()) };
        Assert.Equal(1, (await Policy().Set(first)).Policy!.Version);
        cluster.Clock.Advance(SessionTimings.Default.AnswerWindow);
        for (var n = 0; n < 16; n++)
        {
            Assert.NotNull((await Policy().Set(Ask(n + 2) with { CommandId = CommandId.New(cluster.Clock.GetUtcNow()) })).Policy);
        }

        var late = await Policy().Set(first);

        Assert.Equal((SessionErrorCode.CommandTooOld, 17L), (late.Refusal!.Code, late.Refusal.ActualVersion));
        Assert.Equal(17, (await Policy().Get()).Policy!.Version);
    }

    private static SetPolicy Ask(long maximum) =>
        new() { Definition = new() { MaxLiveSessions = maximum }, Actor = Alice, CommandId = CommandId.New() };

    private IIsolationPolicyGrain Policy(string below = "") => cluster.Grains.GetIsolationPolicy(SessionNamespace.Parse(name + below));

    private ValueTask<PolicyReply> Set(PolicyDefinition definition, string below = "", long? expected = null, string? reason = null, bool applyNow = false) =>
        Policy(below).Set(new SetPolicy { Definition = definition, ExpectedVersion = expected, Actor = Alice, Reason = reason, ApplyNow = applyNow });

    private ISessionGrain Session() => cluster.Grains.GetSession(SessionId.New());

    private async Task<(SessionId Id, ISessionGrain Grain)> Active(string below = "")
    {
        var id = SessionId.New();
        var session = cluster.Grains.GetSession(id);
        (await session.Create(Create(Specification(name + below)))).Done();
        (await session.Activate(Activate())).Done();
        return (id, session);
    }
}
