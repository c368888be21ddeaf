using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Policies as clients see them: through the gateway and from inside a silo, with executions under way.</summary>
[Collection(LiveGroup.Name)]
public sealed class ClientPolicyTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    private readonly SessionNamespace name = SessionNamespace.Parse($"c{Guid.NewGuid():n}");

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.Second)]
    public async Task PolicyAppliedNow_WhileEveryClientHoldsALease_HoldsAtEachOfThemWhenItReturns(Seat seat)
    {
        var client = live.At(seat);
        var session = await client.CreateAsync(Clients.Creation() with { Namespace = name });
        await session.ActivateAsync();
        foreach (var other in Enum.GetValues<Seat>())
        {
            await live.At(other).Get(session.Id).ExecuteAsync(Score, _ => default);
        }

        var (policy, reach) = await client.SetPolicyAsync(
            name, new() { Ceiling = new() { Permissions = SessionPermissions.None } }, new() { ApplyNow = true, Reason = "stop", ExpectedVersion = 0 });

        Assert.Equal((1L, 0L, 0), (reach!.Sessions, reach.Missed, reach.MissedSilos));
        foreach (var other in Enum.GetValues<Seat>())
        {
            await Assert.ThrowsAsync<PolicyViolationException>(async () => await live.At(other).Get(session.Id).ExecuteAsync(Score, _ => default));
        }

        var shown = await session.GetAsync();
        Assert.Equal((policy.Revision, SessionPermissions.None), (shown.PolicyRevision, shown.Ceiling!.Permissions));
    }

    [Fact]
    public async Task PolicyNotAppliedNow_KnownToTheNodes_BindsARunningSessionWithItsNextLease()
    {
        var client = live.At(Seat.Outside);
        var session = await client.CreateAsync(Clients.Creation() with { Namespace = name });
        await session.ActivateAsync();
        await session.ExecuteAsync(Score, _ => default);

        await client.SetPolicyAsync(name, new() { Ceiling = new() { Permissions = SessionPermissions.None } });

        await Task.WhenAll(live.Books.Select(book => book.LookAsync()));

        // The lease of the client holds until it is renewed. One renewal may have been under way just now, and the client has heard of
        // the next one when it asks for a third.
        var renewed = live.Calls.Answered(session.Id, "Lease") + 2;
        await TestKit.Eventually.TrueAsync(
            async () =>
            {
                var isBound = live.Calls.Answered(session.Id, "Lease") > renewed;
                try
                {
                    await session.ExecuteAsync(Score, _ => default);
                    Assert.False(isBound, "It was executed under a lease that was granted after the nodes knew the policy.");
                    return false;
                }
                catch (PolicyViolationException)
                {
                    return true;
                }
            },
            "the policy has reached the client");
    }

    [Fact]
    public async Task PolicyAndItsHistory_AskedThroughTheGateway_AreWhatWasSet()
    {
        var client = live.At(Seat.Outside);
        Assert.Null(await client.GetPolicyAsync(name));
        await client.SetPolicyAsync(name, new() { MaxLiveSessions = 1 });
        await client.SetPolicyAsync(name, new() { MaxLiveSessions = 2 });
        var session = await client.CreateAsync(Clients.Creation() with { Namespace = name });
        await session.ActivateAsync();

        var history = new List<long>();
        await foreach (var policy in client.GetPolicyHistoryAsync(name))
        {
            history.Add(policy.Version);
        }

        Assert.Equal([2, 1], history);
        Assert.Equal(2, (await client.GetPolicyAsync(name))!.Definition.MaxLiveSessions);
        Assert.Equal(new LiveCount(name, 2, 1), Assert.Single((await client.GetEffectivePolicyAsync(name)).Live));
        Assert.True((await client.ExplainAsync(name)).IsPermitted);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(
            () => client.SetPolicyAsync(name, PolicyDefinition.None, new() { ExpectedVersion = 1 }));
        Assert.Equal(2, conflict.Actual);
    }
}
