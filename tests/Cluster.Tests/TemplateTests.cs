using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Collection(ClusterGroup.Name)]
public sealed class TemplateTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Set_OtherDefinition_AddsAVersionAndKeepsTheOld()
    {
        var grain = cluster.Grains.GetTemplate(TemplateReference.Parse("versions"));

        var first = await grain.Set(new() { Description = "one" }, Alice);
        var same = await grain.Set(new() { Description = "one" }, Alice);
        var second = await grain.Set(new() { Description = "two" }, Alice);

        Assert.Equal((1, 1, 2), (first.Template!.Version, same.Template!.Version, second.Template!.Version));
        Assert.Equal("one", (await grain.Get(1)).Template!.Definition.Description);
        Assert.Equal("two", (await grain.Get(null)).Template!.Definition.Description);
        Assert.Equal(SessionErrorCode.TemplateNotFound, (await grain.Get(3)).Refusal!.Code);
        Assert.Contains(await cluster.Grains.GetTemplateCatalog().List(), template => template.Name == "versions" && template.Version == 2);
    }

    [Fact]
    public async Task Set_ThenReadFromStorageAgain_SaysTheSame()
    {
        var grain = cluster.Grains.GetTemplate(TemplateReference.Parse("kept"));
        var definition = new TemplateDefinition
        {
            Description = "kept",
            Configuration = new()
            {
                MaxDuration = TimeSpan.FromMinutes(7),
                Permissions = SessionPermissions.ExecuteFunctions,
                FunctionPatterns = ["eval.*"],
                Quotas = new() { Executions = 5, ComputeTime = TimeSpan.FromSeconds(90) },
                Settings = new() { AutoExpire = false, PauseClock = PauseClock.Stops },
                Labels = SessionConfiguration.Default.Labels.Add("team", "blue"),
            },
            Ceiling = new() { MaxDuration = TimeSpan.FromHours(1) },
        };
        var set = (await grain.Set(definition, Alice)).Template!;

        await cluster.Cluster.DeactivateAsync(grain);
        await cluster.Cluster.DeactivateAsync(cluster.Grains.GetTemplateCatalog());
        var read = (await grain.Get(null)).Template!;

        Assert.Equal(Json(set), Json(read));
        Assert.Equal(Alice, read.SetBy);
        Assert.Contains(await cluster.Grains.GetTemplateCatalog().List(), template => template.Name == "kept");
    }

    [Fact]
    public async Task Command_RepeatedAfterAnother_GetsItsFirstAnswerAndSetsNothing()
    {
        var grain = cluster.Grains.GetTemplate(TemplateReference.Parse("repeated"));
        var (a, b) = (new TemplateDefinition { Description = "A" }, new TemplateDefinition { Description = "B" });
        var (first, same) = (CommandId.New(), CommandId.New());
        Assert.Equal(1, (await grain.Set(a, Alice, first)).Template!.Version);
        Assert.Equal(1, (await grain.Set(a, Alice, same)).Template!.Version);
        Assert.Equal(2, (await grain.Set(b, Alice, CommandId.New())).Template!.Version);

        var replies = new[] { await grain.Set(a, Alice, first), await grain.Set(a, Alice, same) };

        Assert.All(replies, reply => Assert.Equal((1, "A"), (reply.Template!.Version, reply.Template.Definition.Description)));
        Assert.Equal(SessionErrorCode.CommandConflict, (await grain.Set(b, Alice, first)).Refusal!.Code);
        Assert.Equal((2, "B"), ((await grain.Get(null)).Template!.Version, (await grain.Get(null)).Template!.Definition.Description));
    }

    [Fact]
    public async Task Create_FromATemplateWithOverrides_KeepsItsVersionAndItsCeiling()
    {
        var definition = new TemplateDefinition
        {
            Configuration = new() { MaxDuration = TimeSpan.FromMinutes(10), Quotas = new() { Executions = 5, Concurrent = 2 } },
            Ceiling = new() { MaxDuration = TimeSpan.FromMinutes(20), Quotas = new() { Executions = 10 } },
        };
        await cluster.Grains.GetTemplate(TemplateReference.Parse("bounded")).Set(definition, Alice);
        var grain = cluster.Grains.GetSession(SessionId.New());

        var beyond = Specification(template: "bounded", overrides: new() { MaxDuration = TimeSpan.FromHours(1), Quotas = new() { Executions = 11 } });
        var refusal = (await grain.Create(Create(beyond))).Refused(SessionErrorCode.InvalidConfiguration);
        var within = Specification(template: "bounded", overrides: new() { Quotas = new() { Executions = 7 } });
        var created = (await grain.Create(Create(within))).Done();

        Assert.Equal(["maxDuration", "quotas.executions"], refusal.Faults.Select(fault => fault.Field));
        Assert.Equal("bounded@1", created.Template.ToString());
        Assert.Equal(new SessionQuotas { Executions = 7, Concurrent = 2 }, created.Configuration.Quotas);
        Assert.Equal(created.CreatedAt + TimeSpan.FromMinutes(10), created.ExpiresAt);
    }

    [Fact]
    public async Task Create_TemplateThatDoesNotExist_TemplateNotFound()
    {
        var grain = cluster.Grains.GetSession(SessionId.New());

        (await grain.Create(Create(Specification(template: "nowhere@4")))).Refused(SessionErrorCode.TemplateNotFound);
    }

    [Fact]
    public async Task Set_MalformedDefinition_AllFaultsListed()
    {
        var reply = await cluster.Grains.GetTemplate(TemplateReference.Parse("malformed")).Set(
            new() { Description = new string('x', 5000), Configuration = new() { MaxDuration = TimeSpan.Zero } }, default);

        Assert.Equal(
            ["actor", "configuration.maxDuration", "description"], reply.Refusal!.Faults.Select(fault => fault.Field).Order());
    }

    private static string Json(SessionTemplate template) => System.Text.Json.JsonSerializer.Serialize(template);
}
