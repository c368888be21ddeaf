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
