using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>What leaves a silo, and the two ways in.</summary>
[Collection(ClusterGroup.Name)]
public sealed class EdgeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task GrainThrowsSomethingForeign_Caller_GetsAReferenceAndNoWordOfIt()
    {
        var fault = await Assert.ThrowsAsync<SessionException>(() =>
            cluster.Grains.GetSessionSearch().Count(new() { Query = new() { Namespace = FaultySessionSearch.BrokenNamespace } }).AsTask());

        Assert.Equal(SessionErrorCode.Internal, fault.Code);
        Assert.Contains(fault.Error.Reference!, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    // A key in another case was a second activation of the same session, which answered by what it had read.
    [Fact]
    public async Task KeyThatIsNotCanonical_AnyCall_IsRefusedAndMakesNoSecondActivation()
    {
        var (session, operation) = (SessionId.New().ToString(), OperationId.New().ToString());
        foreach (var call in (Func<Task>[])
            [
                () => cluster.Grains.GetGrain<ISessionGrain>(session.ToUpperInvariant()).Get(0).AsTask(),
                () => cluster.Grains.GetGrain<ISessionGrain>("S" + session[1..]).Close(new() { Actor = Commands.Alice }).AsTask(),
                () => cluster.Grains.GetGrain<ISessionGrain>("nonsense").Get(0).AsTask(),
                () => cluster.Grains.GetGrain<ISessionOperationGrain>(operation.ToUpperInvariant()).Get().AsTask(),
            ])
        {
            var refusal = await Assert.ThrowsAsync<SessionException>(call);
            Assert.Equal((SessionErrorCode.InvalidConfiguration, "id"), (refusal.Code, Assert.Single(refusal.Error.Faults).Field));
        }
    }

    [Fact]
    public async Task ServiceInTheSilo_SameClient_WholeLife()
    {
        var sessions = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();
        var handle = await sessions.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme/co-hosted"), Creator = Commands.Alice });

        await handle.ActivateAsync();
        await handle.PauseAsync();
        await handle.ResumeAsync();
        var closed = await handle.CloseAsync();

        Assert.Equal(SessionStatus.Closed, closed.Status);
        Assert.Equal("co-hosted", closed.LastChange!.Actor.ToString());
        Assert.Equal(1, (await sessions.CountByStatusAsync(SessionNamespace.Parse("acme/co-hosted")))[SessionStatus.Closed]);
        await Assert.ThrowsAsync<InvalidTransitionException>(() => handle.ResumeAsync());
    }

    [Fact]
    public async Task ProvisionerFails_Client_ThrowsCreationFailedWithItsWords()
    {
        var template = TemplateReference.Parse("failing");
        var sessions = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();
        await sessions.SetTemplateAsync(template, new() { Provisioner = GateProvisioner.ProvisionerName });
        var id = SessionId.New();
        cluster.Provisioner.Open(id, "prepare", "no quota at the cloud");
        cluster.Provisioner.Open(id, "release");

        var failure = await Assert.ThrowsAsync<CreationFailedException>(() => sessions.CreateAsync(
            new() { Id = id, Namespace = SessionNamespace.Parse("acme"), Creator = Commands.Alice, Template = template }));

        Assert.Contains("no quota at the cloud", failure.Message, StringComparison.Ordinal);
    }
}
