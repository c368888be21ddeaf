using System.Net;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A node that keeps everything in one file.</summary>
public sealed class SqliteNodeTests : IDisposable
{
    private static readonly SessionNamespace Acme = SessionNamespace.Parse("acme/eval");

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-node-").FullName;

    private string DataDirectory => "Sessions:DataDirectory=" + folder;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task NodeIsKilled_StartedAgain_HasEverythingThatWasAcknowledged()
    {
        await using var killed = await StartAsync();
        SessionHandle[] sessions;
        EventCursor cursor;
        await using (var client = await GatewayClient.ConnectAsync(killed.Gateway))
        {
            await client.Sessions.SetTemplateAsync(TemplateReference.Parse("notebook"), new() { Description = "kept" });
            await client.Sessions.SetPolicyAsync(Acme, new() { MaxLiveSessions = 7 });
            sessions = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => CreateAsync(client.Sessions, n)));
            var subscription = await client.Sessions.SubscribeAsync(SubscriptionName.Parse("audit"), Acme);
            cursor = await FirstAsync(subscription);
            await subscription.CheckpointAsync(cursor);
        }

        Assert.Contains(Path.Combine(folder, "sessions.db"), killed.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await killed.HealthAsync("ready"));
        await killed.KillAsync();
        await using var node = await killed.RestartAsync();

        await using var again = await GatewayClient.ConnectAsync(node.Gateway);
        foreach (var session in sessions)
        {
            var seen = await again.Sessions.Get(session.Id).GetAsync();
            Assert.Equal((session.LastSeen!.Status, session.LastSeen.Version), (seen.Status, seen.Version));
        }

        Assert.Equal("kept", (await again.Sessions.GetTemplateAsync(TemplateReference.Parse("notebook"))).Definition.Description);
        Assert.Equal(["notebook"], (await again.Sessions.ListTemplatesAsync()).Select(template => template.Name));
        Assert.Equal(7, (await again.Sessions.GetPolicyAsync(Acme))!.Definition.MaxLiveSessions);
        var kept = await again.Sessions.SubscribeAsync(SubscriptionName.Parse("audit"), Acme);
        Assert.True(await FirstAsync(kept) > cursor);
        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task FileIsInUse_SecondNode_DoesNotStartAndSaysWhoHasIt()
    {
        await using var node = await StartAsync();

        await using var second = SiloProcess.Launch(connectionString: null, "Sessions:Storage=sqlite", DataDirectory);

        Assert.Equal(3, await second.ExitCodeAsync());
        Assert.Contains("is in use by process", second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await node.HealthAsync("ready"));
    }

    [Fact]
    public async Task FileIsDamaged_Node_DoesNotStartAndLeavesItAsItIs()
    {
        var file = Path.Combine(folder, "sessions.db");
        await File.WriteAllTextAsync(file, "not a store");

        await using var node = SiloProcess.Launch(connectionString: null, "Sessions:Storage=sqlite", DataDirectory);

        Assert.Equal(3, await node.ExitCodeAsync());
        Assert.Contains("is damaged", node.Output, StringComparison.Ordinal);
        Assert.Equal("not a store", await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("ConnectionStrings:Sessions", "Sessions:Storage=postgres")]
    [InlineData("Remove one of the two", "Sessions:Storage=sqlite", "ConnectionStrings:Sessions=Host=127.0.0.1")]
    [InlineData("Sessions:DataDirectory", "Sessions:Storage=memory", "Sessions:DataDirectory=data")]
    [InlineData("sqlite, memory or postgres", "Sessions:Storage=floppy")]
    [InlineData("Stroage", "Sessions:Storage=memory", "Sessions:Stroage=memory")]
    public async Task SettingsContradictEachOther_Node_DoesNotStartAndSaysWhatToChange(string says, params string[] settings)
    {
        await using var node = SiloProcess.Launch(connectionString: null, settings);

        Assert.Equal(2, await node.ExitCodeAsync());
        Assert.Contains(says, node.Output, StringComparison.Ordinal);
    }

    private static async Task<SessionHandle> CreateAsync(SessionsClient client, int n)
    {
        var session = await client.CreateAsync(new() { Namespace = Acme, Creator = Principal.Parse("alice") });
        if (n % 10 == 0)
        {
            await session.ActivateAsync();
        }

        return session;
    }

    private static async Task<EventCursor> FirstAsync(SessionSubscription subscription)
    {
        await foreach (var logged in subscription.ReadAsync())
        {
            return logged.Cursor;
        }

        throw new InvalidOperationException("The subscription ended.");
    }

    private Task<SiloProcess> StartAsync() => SiloProcess.StartAsync(connectionString: null, "Sessions:Storage=sqlite", DataDirectory);
}
