using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Collection(ClusterGroup.Name)]
public sealed class ProvisioningTests(ClusterFixture cluster)
{
    private const string Template = "provisioned";

    [Fact]
    public async Task ProvisionerSucceeds_WholeLife_WaitsInEachTransitionalState()
    {
        var (id, grain) = await Creating();
        cluster.Provisioner.Open(id, "prepare");
        await grain.Reaches(SessionStatus.Created);

        Assert.Equal(SessionStatus.Activating, (await grain.Activate(Activate())).Done().Status);
        cluster.Provisioner.Open(id, "activate");
        await grain.Reaches(SessionStatus.Active);

        Assert.Equal(SessionStatus.Closing, (await grain.Close(Close())).Done().Status);
        cluster.Provisioner.Open(id, "release");
        var closed = await grain.Reaches(SessionStatus.Closed);
        Assert.Equal(EndReason.Asked, closed.EndReason);
        Assert.Null(closed.Failure);
    }

    [Fact]
    public async Task PreparationFails_Create_FailedAndReleased()
    {
        var (id, grain) = await Creating();
        cluster.Provisioner.Open(id, "release");
        cluster.Provisioner.Open(id, "prepare", "no\0disk left");

        var failed = await grain.Reaches(SessionStatus.Failed);

        Assert.Equal(EndReason.CreationFailed, failed.EndReason);
        Assert.Equal("no\uFFFDdisk left", failed.Failure);
        Assert.Equal(1, cluster.Provisioner.CallsOf(id, "release"));
    }

    [Fact]
    public async Task ActivationFails_Activate_FailedWithActivationFailed()
    {
        var (id, grain) = await Creating();
        cluster.Provisioner.Open(id, "prepare");
        await grain.Reaches(SessionStatus.Created);
        cluster.Provisioner.Open(id, "release");
        await grain.Activate(Activate());
        cluster.Provisioner.Open(id, "activate", "image gone");

        Assert.Equal(EndReason.ActivationFailed, (await grain.Reaches(SessionStatus.Failed)).EndReason);
    }

    [Fact]
    public async Task CloseWhileCreating_ProvisionerBusy_CloseWins()
    {
        var (id, grain) = await Creating();

        Assert.Equal(SessionStatus.Closing, (await grain.Close(Close())).Done().Status);
        cluster.Provisioner.Open(id, "release");
        var closed = await grain.Reaches(SessionStatus.Closed);

        Assert.Null(closed.ActivatedAt);
        cluster.Provisioner.Open(id, "prepare");
        Assert.Equal(closed.Version, (await grain.Get(0)).Done().Version);
    }

    [Fact]
    public async Task DeactivatedWhileCreating_NextActivation_ResumesTheProvisioner()
    {
        var (id, grain) = await Creating();
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "prepare") == 1, "the provisioner is called 1 times to prepare");
        await cluster.Cluster.DeactivateAsync(grain);

        await grain.Get(0);
        await Eventually.Holds(() => cluster.Provisioner.CallsOf(id, "prepare") == 2, "the provisioner is called 2 times to prepare");
        cluster.Provisioner.Open(id, "prepare");

        await grain.Reaches(SessionStatus.Created);
    }

    [Fact]
    public async Task UnknownProvisioner_Create_RefusedByName()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse("lost")).Set(new() { Provisioner = "nobody" }, Alice);

        var refusal = (await cluster.Grains.GetSession(SessionId.New()).Create(Create(Specification(template: "lost"))))
            .Refused(SessionErrorCode.InvalidConfiguration);

        Assert.Contains("nobody", Assert.Single(refusal.Faults).Problem, StringComparison.Ordinal);
    }

    private async Task<(SessionId Id, ISessionGrain Grain)> Creating()
    {
        await cluster.Grains.GetTemplate(TemplateReference.Parse(Template)).Set(new() { Provisioner = GateProvisioner.ProvisionerName }, Alice);
        var id = SessionId.New();
        var grain = cluster.Grains.GetSession(id);
        Assert.Equal(SessionStatus.Creating, (await grain.Create(Create(Specification(template: Template)))).Done().Status);
        return (id, grain);
    }
}
