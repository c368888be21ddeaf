using System.Collections.Immutable;
using System.Text;
using Sessions.Client;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Data across sessions: the three barriers, what both logs say, and what happens when something fails in between.</summary>
public sealed class SharingTests(SharingFixture cluster) : IClassFixture<SharingFixture>, IAsyncLifetime
{
    private static readonly FunctionName Score = FunctionName.Parse("score");
    private static readonly DataKey Key = DataKey.Parse("scores/1");

    private static readonly DataRule Everybody = new()
    {
        Name = "everybody",
        Effect = RuleEffect.Allow,
        Who = DataSubject.Parse("**"),
        Operations = DataOperations.All,
    };

    public async Task InitializeAsync()
    {
        await cluster.StateAsync("acme", Everybody);
        await cluster.StateAsync("globex", Everybody);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.First)]
    [InlineData(Seat.Second)]
    public async Task Execution_LetByAllThreeBarriers_TouchesTheOthersDataAndBothLogsSaySoOnce(Seat seat)
    {
        var (caller, owner) = (await CallerAsync(seat), await OwnerAsync(Everybody));

        var read = await caller.ExecuteAsync(Score, async context =>
        {
            var theirs = context.Session(owner.Id);
            Assert.Equal(owner.Id, theirs.SessionId);
            var first = Text(await theirs.GetAsync(Key));
            await theirs.PutAsync(DataKey.Parse("scores/2"), Utf8("two"));
            Assert.Equal(2, await theirs.ListAsync("scores/").CountAsync());
            await theirs.DeleteAsync(DataKey.Parse("scores/2"));
            Assert.Null(await theirs.GetAsync(DataKey.Parse("scores/2")));
            return first;
        });

        Assert.Equal("one", read);
        Assert.Equal(
            [(SessionEventType.DataReached, owner.Id, DataOperations.Read), (SessionEventType.DataReached, owner.Id, DataOperations.Write)],
            await LogOfAsync(caller.Id));
        Assert.Equal(
            [(SessionEventType.DataShared, caller.Id, DataOperations.Read), (SessionEventType.DataShared, caller.Id, DataOperations.Write)],
            await LogOfAsync(owner.Id));
        var events = await cluster.Store.Sessions.ReadEventsAsync(owner.Id, 0, 100, default);
        Assert.Equal(Enumerable.Range(1, events.Length).Select(n => (long)n), events.Select(e => e.Sequence));
        Assert.Equal(seat == Seat.Outside ? "outside" : "co-hosted", events[^1].Cause.Actor.ToString());
        Assert.Empty(await caller.Data.ListAsync().ToListAsync());
    }

    [Fact]
    public async Task Context_OfAnExecutionThatHasEnded_ReachesForNothing()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        var theirs = await caller.ExecuteAsync(Score, context => new ValueTask<SessionData>(context.Session(owner.Id)));

        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await theirs.GetAsync(Key));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await theirs.ExplainAsync(DataOperations.Read, "a"));
        Assert.Empty(await LogOfAsync(owner.Id));
    }

    [Fact]
    public async Task Access_AfterAnHour_IsLoggedAgain()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        await ReachAsync(caller, owner.Id);
        cluster.Clock.Advance(TimeSpan.FromMinutes(59));
        await ReachAsync(caller, owner.Id);
        Assert.Single(await LogOfAsync(owner.Id));

        cluster.Clock.Advance(TimeSpan.FromMinutes(2));
        await ReachAsync(caller, owner.Id);

        Assert.Equal((2, 2), ((await LogOfAsync(caller.Id)).Count, (await LogOfAsync(owner.Id)).Count));
    }

    [Fact]
    public async Task EachBarrier_ThatIsShut_RefusesWithItsRuleAndLeavesNothingInTheLogs()
    {
        var caller = await CallerAsync();
        var reader = await CallerAsync(permissions: SessionPermissions.ExecuteFunctions | SessionPermissions.ReadCrossSession);
        var open = await OwnerAsync(Everybody);
        var shut = await OwnerAsync();
        var denying = await OwnerAsync(Everybody, Everybody with { Name = "never", Effect = RuleEffect.Deny, Operations = DataOperations.Write });
        var below = await OwnerIn("acme/vault", Everybody);
        await cluster.StateAsync("acme/vault", Everybody with { Name = "sealed", Effect = RuleEffect.Deny, Operations = DataOperations.Read });
        var silent = await OwnerIn("initech/prod", Everybody);
        var stranger = await CallerAsync(@namespace: "initech/dev");

        Assert.Equal((SessionErrorCode.PermissionDenied, "WriteCrossSession"), Refused(await ReachAsync(reader, open.Id, DataVerb.Put)));
        Assert.Equal((SessionErrorCode.PermissionDenied, "no rule allows it"), Refused(await ReachAsync(caller, shut.Id)));
        Assert.Equal((SessionErrorCode.PermissionDenied, "never: Deny ** Write"), Refused(await ReachAsync(caller, denying.Id, DataVerb.Put)));
        Assert.Equal((SessionErrorCode.PolicyViolation, "acme/vault: sealed: Deny ** Read"), Refused(await ReachAsync(caller, below.Id)));
        Assert.Equal(
            (SessionErrorCode.PolicyViolation, "no policy of the namespace says anything about data"), Refused(await ReachAsync(stranger, silent.Id)));
        foreach (var session in (SessionHandle[])[caller, reader, stranger, open, shut, denying, below, silent])
        {
            Assert.Empty(await LogOfAsync(session.Id));
        }

        Assert.Equal("one", Text(await denying.Data.GetAsync(Key)));
    }

    [Fact]
    public async Task Policies_ThatNobodyCanKnow_LetNobodyIn()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        cluster.Store.Policies.FailPolicies();
        try
        {
            await Eventually.TrueAsync(
                async () => (await ReachAsync(caller, owner.Id)).Refusal?.Code == SessionErrorCode.Unavailable, "the silos give up what they knew");
        }
        finally
        {
            cluster.Store.Policies.FailPolicies(false);
        }

        await Eventually.TrueAsync(async () => (await ReachAsync(caller, owner.Id)).Refusal is null, "the silos know the policies again");
        Assert.Equal("one", Text((await ReachAsync(caller, owner.Id)).Value));
    }

    [Fact]
    public async Task StrangerOfAnotherTenant_NotNamed_HearsWhatItWouldOfASessionThatDoesNotExist()
    {
        var caller = await CallerAsync(@namespace: "globex/dev");
        var (owner, missing) = (await OwnerAsync(Everybody), SessionId.New());
        var denying = await OwnerAsync(Everybody with { Who = DataSubject.Parse("globex/**"), Effect = RuleEffect.Deny });

        foreach (var verb in (DataVerb[])[DataVerb.Get, DataVerb.List, DataVerb.Put, DataVerb.Delete])
        {
            var of = await ReachAsync(caller, missing, verb);
            foreach (var session in (SessionHandle[])[owner, denying])
            {
                Assert.Equal(Contents(of, missing), Contents(await ReachAsync(caller, session.Id, verb), session.Id));
            }
        }

        var data = cluster.Cluster.Client.GetSessionData(caller.Id);
        var request = new DataAccessRequest { Operation = DataOperations.Read, Key = "scores/1" };
        Assert.Equal((await data.Explain(missing, request)).Trace.AsEnumerable(), (await data.Explain(owner.Id, request)).Trace.AsEnumerable());
        Assert.Equal("one", Text(await owner.Data.GetAsync(Key)));
        Assert.Empty(await LogOfAsync(owner.Id));

        static string Contents(DataReply reply, SessionId id) =>
            $"{reply.Refusal?.ToString().Replace(id.ToString(), "it", StringComparison.Ordinal)} {reply.DataVersion} {reply.Entries.Length}";
    }

    [Fact]
    public async Task StrangerOfAnotherTenant_NamedOnBothSides_IsLetIn()
    {
        var caller = await CallerAsync(@namespace: "globex/dev");
        var guests = Everybody with { Name = "guests", Who = DataSubject.Parse("globex/**") };
        await cluster.StateAsync("acme", Everybody, guests);
        var owner = await OwnerAsync(guests);

        Assert.Equal("one", Text((await ReachAsync(caller, owner.Id)).Value));
    }

    [Fact]
    public async Task Rule_TakenBack_HoldsFromTheNextAccessOn()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        Assert.Equal("one", Text((await ReachAsync(caller, owner.Id)).Value));

        await cluster.At(Seat.Second).Get(owner.Id).AdjustAsync(new() { DataRules = [] });

        Assert.Equal(SessionErrorCode.PermissionDenied, (await ReachAsync(caller, owner.Id)).Refusal?.Code);
        await caller.AdjustAsync(new() { Permissions = SessionPermissions.ExecuteFunctions });
        Assert.Equal((SessionErrorCode.PermissionDenied, "ReadCrossSession"), Refused(await ReachAsync(caller, owner.Id)));
    }

    [Fact]
    public async Task Rule_TakenBackByAnActivationThatThisOneKnowsNothingOf_HoldsSoon()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        await ReachAsync(caller, owner.Id);
        var record = (await cluster.Store.Sessions.ReadAsync(owner.Id, default))!;
        await cluster.Store.Sessions.SaveAsync(SessionRecords.Next(record, new AdjustSession { Actor = Commands.Alice, DataRules = [] }), default);

        cluster.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(SessionErrorCode.PermissionDenied, (await ReachAsync(caller, owner.Id)).Refusal?.Code);
    }

    [Fact]
    public async Task Rule_ThatHasRunOut_DoesNotCount()
    {
        var until = cluster.Clock.GetUtcNow().AddMinutes(1);
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody with { Until = until }));
        Assert.Equal("one", Text((await ReachAsync(caller, owner.Id)).Value));

        cluster.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(SessionErrorCode.PermissionDenied, (await ReachAsync(caller, owner.Id)).Refusal?.Code);
    }

    [Fact]
    public async Task Caller_ThatIsPausedOrHasEnded_ReachesForNothing()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));

        await caller.PauseAsync();
        Assert.Equal(SessionErrorCode.SessionNotActive, (await ReachAsync(caller, owner.Id)).Refusal?.Code);
        await caller.CloseAsync();
        Assert.Equal(SessionErrorCode.SessionNotActive, (await ReachAsync(caller, owner.Id)).Refusal?.Code);
        Assert.Equal(
            SessionErrorCode.SessionNotFound,
            (await cluster.Cluster.Client.GetSessionData(SessionId.New()).Reach(owner.Id, Request(DataVerb.Get))).Refusal?.Code);
    }

    [Fact]
    public async Task Owner_ThatHasEnded_IsReadUntilItsDataGoesAndNotWritten()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        await owner.CloseAsync();

        Assert.Equal("one", Text((await ReachAsync(caller, owner.Id)).Value));
        Assert.Equal(SessionErrorCode.SessionNotActive, (await ReachAsync(caller, owner.Id, DataVerb.Put)).Refusal?.Code);
        cluster.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null((await ReachAsync(caller, owner.Id)).Value);
    }

    [Fact]
    public async Task Put_OfAnother_IsChargedToTheOwner()
    {
        var caller = await CallerAsync();
        var owner = await cluster.At(Seat.First).CreateAsync(Creation("acme/prod", new()
        {
            DataRules = [Everybody],
            Quotas = new() { DataBytes = 10 },
        }));

        Assert.Null((await ReachAsync(caller, owner.Id, DataVerb.Put, value: "12")).Refusal);
        var full = (await ReachAsync(caller, owner.Id, DataVerb.Put, value: "123")).Refusal!;

        Assert.Equal((SessionErrorCode.QuotaExceeded, owner.Id, 10, 10), (full.Code, full.SessionId, full.Limit, full.Used));
        Assert.Equal((10, 0), ((await owner.GetAsync()).Usage.DataBytes, (await caller.GetAsync()).Usage.DataBytes));
    }

    [Fact]
    public async Task Explain_OfAnAccess_NamesTheRulesAndChangesNothing()
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));

        var (permitted, refused, own) = await caller.ExecuteAsync(Score, async context => (
            await context.Session(owner.Id).ExplainAsync(DataOperations.Read, "scores/", isPrefix: true),
            await context.Session(owner.Id).ExplainAsync((DataOperations)8, "scores/"),
            await context.Session(caller.Id).ExplainAsync(DataOperations.Write, "a")));

        Assert.True(permitted.IsPermitted);
        Assert.Equal("everybody: Allow ** All", permitted.Trace[4].Rule);
        Assert.Equal("acme: everybody: Allow ** All", permitted.Trace[5].Rule);
        Assert.Equal(DataAccessStep.Permission, refused.Trace[^1].Step);
        Assert.True(own.IsPermitted);
        Assert.Empty(await LogOfAsync(caller.Id));
        Assert.Empty(await LogOfAsync(owner.Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_ThatCannotBeWritten_HandsOutNothingAndIsWrittenOnceThen(bool ownersFails)
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        cluster.Store.Sessions.FailNextSave(ownersFails ? owner.Id : caller.Id, StoreFault.Refuses);
        var data = cluster.Cluster.Client.GetSessionData(caller.Id);

        var fault = await Assert.ThrowsAsync<SessionException>(async () => await data.Reach(owner.Id, Request(DataVerb.Put, "never")));
        Assert.Equal(SessionErrorCode.Unavailable, fault.Code);
        Assert.Equal("one", Text(await owner.Data.GetAsync(Key)));
        Assert.Null((await data.Reach(owner.Id, Request(DataVerb.Put, "two"))).Refusal);

        Assert.Equal("two", Text(await owner.Data.GetAsync(Key)));
        Assert.Equal((1, 1), ((await LogOfAsync(caller.Id)).Count, (await LogOfAsync(owner.Id)).Count));
    }

    [Theory]
    [InlineData(StoreFault.CommitsAndFails)]
    [InlineData(StoreFault.LosesAndFails)]
    public async Task Put_OfAnotherWhoseAnswerIsLost_IsDoneOnce(StoreFault fault)
    {
        var (caller, owner) = (await CallerAsync(), await OwnerAsync(Everybody));
        cluster.Store.Data.FailNextDataWrite(owner.Id, fault);

        var version = await caller.ExecuteAsync(
            Score, async context => await context.Session(owner.Id).PutAsync(Key, Utf8("two"), new() { ExpectedVersion = 1 }));

        Assert.Equal(2, version);
        Assert.Equal("two", Text(await owner.Data.GetAsync(Key)));
    }

    [Fact]
    public async Task TwoSessions_ThatReachForEachOtherAtOnce_DoNotWaitForEachOther()
    {
        var (one, other) = (await CallerAsync(), await CallerAsync());
        await one.Data.PutAsync(Key, Utf8("one"));
        await other.Data.PutAsync(Key, Utf8("other"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => i % 2 == 0 ? ReachAsync(one, other.Id) : ReachAsync(other, one.Id)));

        Assert.All(replies, reply => Assert.Null(reply.Refusal));
        Assert.Equal(2, (await LogOfAsync(one.Id)).Count);
    }

    [Fact]
    public async Task Reach_ForItselfOrNobody_IsNotWellFormed()
    {
        var caller = await CallerAsync();

        Assert.Equal(SessionErrorCode.InvalidConfiguration, (await ReachAsync(caller, caller.Id)).Refusal?.Code);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, (await ReachAsync(caller, default)).Refusal?.Code);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, (await ReachAsync(caller, SessionId.New(), (DataVerb)7)).Refusal?.Code);
    }

    private static (SessionErrorCode?, string?) Refused(DataReply reply) => (reply.Refusal?.Code, reply.Refusal?.Rule);

    private static CreateSessionOptions Creation(string @namespace, SessionOverrides overrides) => new()
    {
        Namespace = SessionNamespace.Parse(@namespace),
        Creator = Commands.Alice,
        Overrides = overrides with { MaxDuration = TimeSpan.FromDays(300) },
    };

    private async Task<SessionHandle> CallerAsync(
        Seat seat = Seat.Outside, SessionPermissions permissions = SessionPermissions.All, string @namespace = "acme/dev")
    {
        var session = await cluster.At(seat).CreateAsync(Creation(@namespace, new() { Permissions = permissions, DataRules = [Everybody] }));
        await session.ActivateAsync();
        return session;
    }

    private Task<SessionHandle> OwnerAsync(params ImmutableArray<DataRule> rules) => OwnerIn("acme/prod", rules);

    private async Task<SessionHandle> OwnerIn(string @namespace, params ImmutableArray<DataRule> rules)
    {
        var session = await cluster.At(Seat.First).CreateAsync(Creation(@namespace, new() { DataRules = rules }));
        await session.Data.PutAsync(Key, Utf8("one"));
        return session;
    }

    private async Task<DataReply> ReachAsync(SessionHandle caller, SessionId owner, DataVerb verb = DataVerb.Get, string value = "") =>
        await cluster.Cluster.Client.GetSessionData(caller.Id).Reach(owner, Request(verb, value));

    private static DataRequest Request(DataVerb verb, string value = "") => new()
    {
        Verb = verb,
        Key = Key,
        Prefix = "scores/",
        Limit = 10,
        Value = [.. Utf8(value)],
        CommandId = CommandId.New(),
        Actor = Commands.Alice,
    };

    private async Task<List<(SessionEventType, SessionId?, DataOperations?)>> LogOfAsync(SessionId id) =>
        [
            .. (await cluster.Store.Sessions.ReadEventsAsync(id, 0, 1000, default))
                .Where(e => e.Type is SessionEventType.DataReached or SessionEventType.DataShared)
                .Select(e => (e.Type, e.Peer, e.Operations)),
        ];

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(DataValue? value) => value is null ? null : Encoding.UTF8.GetString(value.Value.AsSpan());
}
