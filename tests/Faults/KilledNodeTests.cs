using System.Text.Json;
using Npgsql;
using Sessions.Client;
using Sessions.Core.Sweeping;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>P1 and P8 with real processes, real PostgreSQL and SIGKILL.</summary>
public sealed class KilledNodeTests
{
    private static readonly CreateSessionOptions Options = new()
    {
        Namespace = SessionNamespace.Parse("acme/eval"),
        Creator = Principal.Parse("alice"),
    };

    [PostgresFact]
    public async Task CreatedThroughOneNode_ThatNodeKilled_ClosedThroughTheOther()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);
        await using var second = await SiloProcess.StartAsync(database);
        SessionId id;
        SessionTemplate template;
        await using (var client = await GatewayClient.ConnectAsync(first.Gateway))
        {
            template = await client.Sessions.SetTemplateAsync(
                TemplateReference.Parse("kept"),
                new() { Description = "kept", Configuration = new() { Quotas = new() { Executions = 5 }, FunctionPatterns = ["eval.*"] } });
            var handle = await client.Sessions.CreateAsync(Options with { Template = TemplateReference.Parse("kept") });
            await handle.ActivateAsync();
            id = handle.Id;
        }

        await first.KillAsync();
        await using var other = await GatewayClient.ConnectAsync(second.Gateway);
        var session = other.Sessions.Get(id);
        var kept = await other.Sessions.GetTemplateAsync(TemplateReference.Parse("kept@1"));

        Assert.Equal(JsonSerializer.Serialize(template), JsonSerializer.Serialize(kept));
        Assert.Equal("kept", Assert.Single(await other.Sessions.ListTemplatesAsync()).Name);

        Assert.Equal((SessionStatus.Active, 2L), await StatusAndVersion(session.GetAsync()));
        Assert.Equal((SessionStatus.Closed, 3L), await StatusAndVersion(session.CloseAsync()));
    }

    // What docker-compose.yml starts, started by hand.
    [PostgresFact]
    public async Task ThreeNodesOnOneDatabase_StartedTogether_AnyOfThemServesTheSession()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        var nodes = Enumerable.Range(0, 3).Select(_ => SiloProcess.Launch(database)).ToArray();
        try
        {
            await Task.WhenAll(nodes.Select(node => node.WaitUntilReadyAsync()));
            SessionId id;
            await using (var client = await GatewayClient.ConnectAsync(nodes[0].Gateway))
            {
                id = (await client.Sessions.CreateAsync(Options)).Id;
            }

            await using (var client = await GatewayClient.ConnectAsync(nodes[1].Gateway))
            {
                Assert.Equal(SessionStatus.Active, (await client.Sessions.Get(id).ActivateAsync()).Status);
            }

            await using (var client = await GatewayClient.ConnectAsync(nodes[2].Gateway))
            {
                Assert.Equal((SessionStatus.Closed, 3L), await StatusAndVersion(client.Sessions.Get(id).CloseAsync()));
            }
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    [PostgresFact]
    public async Task NodesKilledUnderLoad_EveryAcknowledgedChange_IsThereExactlyOnce()
    {
        const int Callers = 8;
        await using var nodes = await TwoNodes.StartAsync();
        var acknowledged = new System.Collections.Concurrent.ConcurrentDictionary<SessionId, SessionSnapshot>();
        await using var client = await nodes.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var handle = await client.Sessions.CreateAsync(Options);
                acknowledged[handle.Id] = handle.LastSeen!;
                acknowledged[handle.Id] = await handle.ActivateAsync();
                acknowledged[handle.Id] = await handle.CloseAsync();
            }
        })).ToArray();

        for (var kill = 0; kill < 3; kill++)
        {
            var before = acknowledged.Count;
            await Eventually.Passes(() => acknowledged.Count, before + 200, "two hundred more sessions are created");
            await nodes.KillAndReviveAsync(kill % 2);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);

        await using var store = nodes.Source.OpenStore();
        foreach (var (id, snapshot) in acknowledged)
        {
            var record = await store.Sessions.ReadAsync(id, default);
            Assert.Equal((snapshot.Status, snapshot.Version), (record!.Status, record.Version));
            var events = await store.Sessions.ReadEventsAsync(id, 0, 100, default);
            Assert.Equal(Enumerable.Range(1, (int)record.LastSequence).Select(n => (long)n), events.Select(e => e.Sequence));
        }
    }

    [PostgresFact]
    public async Task NodeKilledWhileProvisioning_NobodyCalls_AnotherResumesAndTheSessionSettles()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        string[] settings =
        [
            "Provisioners:slow:FileName=/bin/sh", "Provisioners:slow:Arguments:0=-c",
            "Provisioners:slow:Arguments:1=if [ $0 = prepare ]; then sleep 3; fi", "Sessions:SweepInterval=00:00:00.2",
        ];
        await using var first = await SiloProcess.StartAsync(database, settings);
        SessionId id;
        await using (var client = await GatewayClient.ConnectAsync(first.Gateway))
        {
            await client.Sessions.SetTemplateAsync(TemplateReference.Parse("slow"), new() { Provisioner = "slow" });
            var handle = await client.Sessions.CreateAsync(
                Options with { Template = TemplateReference.Parse("slow"), WaitForProvisioning = false });
            Assert.Equal(SessionStatus.Creating, handle.LastSeen!.Status);
            id = handle.Id;
        }

        await first.KillAsync();
        await using var second = await first.RestartAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using var store = source.OpenStore();

        await Eventually.TrueAsync(
            async () => (await store.Sessions.ReadAsync(id, default))!.Status == SessionStatus.Created, "the session is created");
    }

    private static async Task<(SessionStatus, long)> StatusAndVersion(Task<SessionSnapshot> asked)
    {
        var snapshot = await asked;
        return (snapshot.Status, snapshot.Version);
    }
}
