using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>Policies bind sessions: at their creation, at every way to become live, and while they run.</summary>
[Collection(ClusterGroup.Name)]
public sealed class PolicyTests(ClusterFixture cluster)
{
    private readonly string name = $"p{Guid.NewGuid():n}";

    private SessionNamespace Namespace => SessionNamespace.Parse(name);

    [Fact]
    public async Task PolicyIsThere_SessionIsCreated_LowersWhatIsOpenAndRefusesWhatIsStatedBeyond()
    {
        await SetAsync(new() { Ceiling = new() { MaxDuration = TimeSpan.FromMinutes(20), Quotas = new() { Executions = 5 } } });
        await IsKnownAsync(policy => policy.Ceiling.Quotas.Executions == 5);

        var made = (await Session().Create(Create(Specification(name + "/below")))).Done();
        var refusal = (await Session().Create(Create(Specification(name, overrides: new() { Quotas = new() { Executions = 6 } }))))
            .Refused(SessionErrorCode.InvalidConfiguration);

        Assert.Equal((5L, TimeSpan.FromMinutes(20)), (made.Configuration.Quotas.Executions, made.Configuration.MaxDuration));
        Assert.Equal("quotas.executions", Assert.Single(refusal.Faults).Field);
        Assert.NotNull((await cluster.Store.Sessions.ReadAsync(made.Id, default))!.Bounds);
    }

    [Fact]
    public async Task PolicyChanges_WhileASessionIsActive_BindsItAndSaysSo()
    {
        var (id, session) = await ActiveAsync();
        Assert.True((await session.Authorize(new AdmissionRequest(FunctionName.Parse("f")), 0)).IsAdmitted);

        await SetAsync(new() { Ceiling = new() { Permissions = SessionPermissions.None, MaxDuration = TimeSpan.FromMinutes(7) } });

        var decision = await Eventually.Get(
            () => session.Authorize(new AdmissionRequest(FunctionName.Parse("f")), 0), d => d.Refusal?.Code == SessionErrorCode.PolicyViolation, "it is bound");
        Assert.Equal(AdmissionStep.Policy, decision.RefusedAt);
        var log = await cluster.Store.Sessions.ReadEventsAsync(id, 0, 100, default);
        Assert.Equal(
            [SessionEventType.SessionCreated, SessionEventType.SessionActivated, SessionEventType.PolicyApplied], log.Select(e => e.Type));
        var snapshot = (await session.Get(0)).Done();
        Assert.Equal(snapshot.CreatedAt + TimeSpan.FromMinutes(7), snapshot.ExpiresAt);

        await SetAsync(PolicyDefinition.None, 2);
        await Eventually.Get(() => session.Authorize(new AdmissionRequest(FunctionName.Parse("f")), 0), d => d.IsAdmitted, "it is free again");
    }

    [Fact]
    public async Task AsManyAreLiveAsMayBe_OneMoreIsActivated_IsRefusedByTheRuleAndNothingChanges()
    {
        await SetAsync(new() { MaxLiveSessions = 1 });
        var (_, first) = await ActiveAsync();
        var second = Session();
        var created = (await second.Create(Create(Specification(name + "/below")))).Done();

        var refusal = (await second.Activate(Activate())).Refused(SessionErrorCode.PolicyViolation);

        Assert.Equal(($"live sessions of {name}: 1 of 1", "liveSessions", 1L, 1L), (refusal.Rule, refusal.Dimension, refusal.Limit, refusal.Used));
        Assert.NotNull(refusal.RetryAfter);
        Assert.Equal(created.Version, (await second.Get(0)).Done().Version);
        Assert.Single(await cluster.Store.Sessions.ReadEventsAsync(created.Id, 0, 10, default));
        await first.Pause(Pause());
        (await second.Activate(Activate())).Refused(SessionErrorCode.PolicyViolation);
        await first.Close(Close());
        Assert.Equal(SessionStatus.Active, (await second.Activate(Activate())).Done().Status);
    }

    [Fact]
    public async Task PoliciesCannotBeKnown_NothingIsMadeOrAdmitted_AndEverythingCanStillEnd()
    {
        var (_, session) = await ActiveAsync();
        var request = new AdmissionRequest(FunctionName.Parse("f"));
        try
        {
            // What a silo knows grows old by the machine's clock, so that a busy machine may take all of that time for one answer.
            await Eventually.TrueAsync(IsAdmittedByWhatWasLearntLastAsync, "what was learnt last goes on to hold");
            await Eventually.Holds(() => cluster.Books.All(book => !book.IsFresh), "every silo gives up what it knew");

            Assert.Equal(SessionErrorCode.Unavailable, (await session.Authorize(request, 0)).Refusal?.Code);
            var refusal = (await Session().Create(Create(Specification(name)))).Refused(SessionErrorCode.Unavailable);
            (await session.Renew(Renew(TimeSpan.FromMinutes(1)))).Refused(SessionErrorCode.Unavailable);
            Assert.NotNull(refusal.RetryAfter);
            Assert.Equal(SessionStatus.Paused, (await session.Pause(Pause())).Done().Status);
            Assert.Equal(SessionStatus.Closed, (await session.Close(Close())).Done().Status);
        }
        finally
        {
            cluster.Store.Policies.FailPolicies(false);
        }

        // Who comes while a look is under way shares its answer, and the last that failed may be.
        var made = await Eventually.Get(
            () => Session().Create(Create(Specification(name))), reply => reply.Refusal?.Code != SessionErrorCode.Unavailable, "policies are known again");
        Assert.Equal(SessionStatus.Created, made.Done().Status);

        async Task<bool> IsAdmittedByWhatWasLearntLastAsync()
        {
            cluster.Store.Policies.FailPolicies(false);
            await Task.WhenAll(cluster.Books.Select(book => book.LookAsync()));
            cluster.Store.Policies.FailPolicies();
            return (await session.Authorize(request, 0)).IsAdmitted;
        }
    }

    private ISessionGrain Session() => cluster.Grains.GetSession(SessionId.New());

    private async Task<(SessionId Id, ISessionGrain Grain)> ActiveAsync()
    {
        var id = SessionId.New();
        var session = cluster.Grains.GetSession(id);
        (await session.Create(Create(Specification(name)))).Done();
        (await session.Activate(Activate())).Done();
        return (id, session);
    }

    private async Task SetAsync(PolicyDefinition definition, long version = 1) => Assert.NotNull(await cluster.Store.Policies.SavePolicyAsync(
        new NamespacePolicy
        {
            Namespace = Namespace,
            Version = version,
            Definition = definition,
            SetAt = cluster.Clock.GetUtcNow(),
            SetBy = Alice,
        },
        default));

    /// <summary>Waits until every silo goes by it.</summary>
    private Task IsKnownAsync(Func<EffectivePolicy, bool> holds) => Eventually.Holds(
        () => cluster.Books.All(book => book.Of(Namespace) is { } policy && holds(policy)), "every silo knows the policy");
}
