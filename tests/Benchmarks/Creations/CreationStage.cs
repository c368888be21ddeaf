using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Creations;

/// <summary>A durable server, a node on it, a load in a process of its own, and pgbench beside them.</summary>
internal sealed class CreationStage : IAsyncDisposable
{
    /// <summary>
    /// Turns that are not counted: every part of a node takes part in a creation, and on a machine that is slow the compiler is busy with
    /// them for half a minute: in one run the second turn made 1.3, the fourth 2.7 and the sixth 4.1 times as many sessions as the first.
    /// </summary>
    public const int WarmUpTurns = 8;

    private PostgresServer? server;
    private NodeProcess? node;

    /// <summary>Its turns are those of <see cref="CreationLoad"/>.</summary>
    public WorkerProcess Load { get; private set; } = null!;

    /// <summary>pgbench, which stores new sessions with their events, like those that the load creates.</summary>
    public Pgbench Pgbench { get; private set; } = null!;

    /// <summary>A meter of the load's turns.</summary>
    public CostMeter Meter { get; private set; } = null!;

    public async Task StartAsync()
    {
        server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        var database = await server.CreateDatabaseAsync();
        node = await NodeProcess.StartAsync(database);
        Load = await WorkerProcess.LoadAsync(Loads.Creation, node.Gateway);
        Meter = new CostMeter(Load, node.Worker, await ServerProcesses.OfAsync(database));
        await using var sessions = new BenchSessions(node.Gateway);
        await sessions.StartAsync();
        var sample = await sessions.Client.CreateAsync(BenchSessions.Creation(SessionOverrides.None));
        Pgbench = new Pgbench(server, database, await new SampleSession(database, sample.Id).CreationAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Pgbench?.Dispose();
        foreach (var part in (IAsyncDisposable?[])[Load, node, server])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }
}
