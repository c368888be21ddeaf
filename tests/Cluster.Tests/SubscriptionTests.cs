using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Collection(ClusterGroup.Name)]
public sealed class SubscriptionTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly SessionNamespace tenant = SessionNamespace.Parse($"sub-{Guid.NewGuid():n}");
    private readonly SubscriptionName name = SubscriptionName.Parse("audit");
    private readonly ServiceProvider outside = Clients.Over(cluster.Cluster.Client);

    private SessionsClient CoHosted => cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();

    private SessionsClient Outside => outside.GetRequiredService<SessionsClient>();

    [Fact]
    public async Task ReaderThatWasRestarted_FromItsCheckpoint_HasExactlyWhatFollows()
    {
        await LiveAsync(4);
        var options = new SubscribeOptions { Owner = Alice };
        var first = await Outside.SubscribeAsync(name, tenant, options);
        var read = await TakeAsync(first, 5);
        await first.CheckpointAsync(read[2].Cursor);

        // Another process: nothing of the first object is there.
        await DeactivateAllAsync();
        var second = await CoHosted.SubscribeAsync(name, tenant, options);
        var rest = await TakeAsync(second, 5);

        Assert.Equal((read[2].Cursor, read[2].Cursor), (first.Cursor, second.Cursor));
        Assert.Equal(read.Skip(3), rest.Take(2));
        Assert.Equal(8, read.Take(3).Concat(rest).Select(e => (e.Event.SessionId, e.Event.Sequence)).Distinct().Count());
    }

    [Fact]
    public async Task Checkpoint_BackOrAgain_ChangesNothing()
    {
        await LiveAsync(2);
        var subscription = await Outside.SubscribeAsync(name, tenant);
        var read = await TakeAsync(subscription, 4);
        await subscription.CheckpointAsync(read[3].Cursor);

        await subscription.CheckpointAsync(read[0].Cursor);
        await subscription.CheckpointAsync(read[3].Cursor);

        Assert.Equal(read[3].Cursor, subscription.Cursor);
        Assert.Equal(read[3].Cursor, (await Outside.SubscribeAsync(name, tenant)).Cursor);
    }

    [Fact]
    public async Task NewSubscriptionAtTheEnd_WhatWasBefore_IsNotRead()
    {
        var before = await LiveAsync(1);
        await TakeAsync(await Outside.SubscribeAsync(SubscriptionName.Parse("all"), tenant), 2);
        var subscription = await Outside.SubscribeAsync(name, tenant, new() { From = EventCursor.End });

        var after = await LiveAsync(1);

        Assert.All(await TakeAsync(subscription, 2), e => Assert.Equal(after[0], e.Event.SessionId));
        Assert.NotEqual(before[0], after[0]);
    }

    [Fact]
    public async Task SubscriptionOfAnotherOrOfAnotherNamespace_Opened_IsRefused()
    {
        await Outside.SubscribeAsync(name, tenant, new() { Owner = Alice });
        var below = SessionNamespace.Parse($"{tenant}/below");

        await Assert.ThrowsAsync<PermissionDeniedException>(() => Outside.SubscribeAsync(name, tenant, new() { Owner = Principal.Parse("bob") }));
        var elsewhere = await Assert.ThrowsAsync<InvalidConfigurationException>(() => Outside.SubscribeAsync(name, below, new() { Owner = Alice }));

        Assert.Equal("namespace", Assert.Single(elsewhere.Error.Faults).Field);
    }

    [Fact]
    public async Task SameNameInAnotherTenant_Opened_IsAnotherSubscription()
    {
        await LiveAsync(1);
        var mine = await Outside.SubscribeAsync(name, tenant);
        await mine.CheckpointAsync((await TakeAsync(mine, 1))[0].Cursor);

        var theirs = await Outside.SubscribeAsync(name, SessionNamespace.Parse($"{tenant}-2"));

        Assert.Equal(EventCursor.Start, theirs.Cursor);
        var foreign = await cluster.Grains.GetSubscription(tenant, name).Open(new()
        {
            Query = new EventQuery(SessionNamespace.Parse($"{tenant}-2"), true),
            Owner = Alice,
        });
        Assert.Equal(SessionErrorCode.PermissionDenied, foreign.Refusal?.Code);
    }

    [Fact]
    public async Task CursorFromTheFuture_Kept_IsRefused()
    {
        await LiveAsync(1);
        var ahead = EventCursor.Parse("c-3zzzzzzzzzzzz0000000000000");
        var subscription = await Outside.SubscribeAsync(name, tenant);

        var kept = await Assert.ThrowsAsync<InvalidConfigurationException>(() => subscription.CheckpointAsync(ahead));
        var opened = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => Outside.SubscribeAsync(SubscriptionName.Parse("ahead"), tenant, new() { From = ahead }));

        Assert.Equal(["cursor", "cursor"], new[] { kept, opened }.Select(refused => Assert.Single(refused.Error.Faults).Field));
        Assert.Equal(EventCursor.Start, subscription.Cursor);
    }

    [Fact]
    public async Task Deleted_ThenOpenedAgain_BeginsAnew()
    {
        await LiveAsync(1);
        var subscription = await Outside.SubscribeAsync(name, tenant, new() { Owner = Alice });
        var read = await TakeAsync(subscription, 2);
        await subscription.CheckpointAsync(read[1].Cursor);

        await subscription.DeleteAsync();
        await subscription.DeleteAsync();
        var gone = await Assert.ThrowsAsync<InvalidConfigurationException>(() => subscription.CheckpointAsync(read[1].Cursor));
        var anew = await Outside.SubscribeAsync(name, tenant, new() { Owner = Principal.Parse("bob") });

        Assert.Equal("name", Assert.Single(gone.Error.Faults).Field);
        Assert.Equal(read, await TakeAsync(anew, 2));
    }

    [Fact]
    public async Task NamesAndOptionsOutOfRange_AreRefusedBeforeAnythingIsAsked()
    {
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => Outside.SubscribeAsync(default, tenant));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => Outside.SubscribeAsync(name, default));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => Outside.SubscribeAsync(name, tenant, new() { PageSize = 0 }));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await outside.DisposeAsync();

    /// <summary>Sessions that were created and activated: two events each.</summary>
    private async Task<List<SessionId>> LiveAsync(int sessions)
    {
        var ids = new List<SessionId>();
        for (var n = 0; n < sessions; n++)
        {
            ids.Add(SessionId.New());
            var grain = cluster.Grains.GetSession(ids[n]);
            (await grain.Create(Create(Specification($"{tenant}/{n}")))).Done();
            (await grain.Activate(Activate())).Done();
        }

        return ids;
    }

    private Task DeactivateAllAsync() => cluster.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    private static async Task<List<LoggedEvent>> TakeAsync(SessionSubscription subscription, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var taken = new List<LoggedEvent>();
        await foreach (var e in subscription.ReadAsync(patience.Token))
        {
            taken.Add(e);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
