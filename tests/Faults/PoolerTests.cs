using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Nodes that reach PostgreSQL by way of a pooler.</summary>
public sealed class PoolerTests
{
    // The node was up and healthy, and every creation failed: statements of other connections were executed.
    [PoolerFact]
    public async Task TransactionPooling_Node_DoesNotStartAndSaysWhy()
    {
        await using var pooler = await PgBouncer.StartAsync(await (await PostgresServer.Shared).CreateDatabaseAsync(), "transaction");

        await using var node = SiloProcess.Launch(pooler.ConnectionString);

        Assert.Equal(3, await node.ExitCodeAsync());
        Assert.Contains("a pooler gives every transaction another one", node.Output, StringComparison.Ordinal);
        Assert.Contains("set the pooler to session pooling", node.Output, StringComparison.Ordinal);
    }

    [PoolerFact]
    public async Task SessionPooling_Node_Works()
    {
        await using var pooler = await PgBouncer.StartAsync(await (await PostgresServer.Shared).CreateDatabaseAsync(), "session");
        await using var node = await SiloProcess.StartAsync(pooler.ConnectionString);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);

        var sessions = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var session = await client.ActivateAtAsync(node, new());
            await session.ExecuteAsync(FunctionName.Parse("work"), _ => ValueTask.CompletedTask);
            return await session.CloseAsync();
        }));

        Assert.All(sessions, static session => Assert.Equal(SessionStatus.Closed, session.Status));
    }

    private sealed class PoolerFactAttribute : FactAttribute
    {
        public PoolerFactAttribute() => Skip = PgBouncer.SkipReason;
    }
}
