using Npgsql;
using Sessions.Client;
using Sessions.Core;
using Sessions.Core.Sweeping;
using Sessions.Grains.Session;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A tree of sessions that is closed from the top while the node that closes it is killed.</summary>
public sealed class KilledTreeTests : IDisposable
{
    private const int Middle = 40;
    private const int BottomEach = 2;
    private const string Slow = "slow";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly FunctionName Function = FunctionName.Parse("count");

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-tree-").FullName;

    // A teardown waits until the node has been killed, so that there is always a middle in which to kill.
    private string IsKilled => Path.Combine(folder, "killed");

    private string[] Settings =>
    [
        "Sessions:LeaseDuration=00:00:01", "Sessions:GrantRight=00:00:01", "Sessions:SweepInterval=00:00:00.2",
        $"Provisioners:{Slow}:FileName=/bin/sh", $"Provisioners:{Slow}:Arguments:0=-c",
        $"Provisioners:{Slow}:Arguments:1=if [ $0 = release ]; then while [ -d {folder} ] && [ ! -e {IsKilled} ]; do sleep 0.2; done; fi",
    ];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [PostgresFact]
    public async Task NodeKilled_WhileATreeIsClosedFromTheTop_EverySessionEndsOnceAndAllUsageIsInTheTop()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = SiloProcess.Launch(database, Settings);
        await using var second = SiloProcess.Launch(database, Settings);
        await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync());
        await using var client = await GatewayClient.ConnectAsync(second.Gateway);
        await client.Sessions.SetTemplateAsync(TemplateReference.Parse(Slow), new() { Provisioner = Slow });
        var top = await client.ActivateAtAsync(first, new() { Quotas = new() { Executions = 100_000, Children = 1_000 } });
        var (tree, begun) = await GrowAsync(top);
        await using var source = NpgsqlDataSource.Create(database);
        await using var store = source.OpenStore();

        await top.CloseAsync(new() { WaitForProvisioning = false });
        await Eventually.PassesAsync(() => CountAsync(store, SessionStatus.Closed), Middle, "a part of the tree has ended");
        await first.KillAsync();
        var left = await CountAsync(store, SessionStatus.Closing);
        await File.WriteAllTextAsync(IsKilled, "");
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var closed = await top.WaitUntilSettledAsync(timeout.Token);

        // Otherwise nothing was left for the other node to do.
        Assert.True(left > 1, $"{left} were still closing when the node was killed");
        Assert.Equal((SessionStatus.Closed, EndReason.Asked), (closed.Status, closed.EndReason));
        var records = new List<SessionRecord>();
        foreach (var id in tree)
        {
            records.Add((await Eventually.Get(
                () => store.Sessions.ReadAsync(id, default), record => record!.Parent?.Settled ?? true, $"{id} is settled with its parent"))!);
        }

        foreach (var record in records)
        {
            var events = await store.Sessions.ReadEventsAsync(record.Id, 0, 1000, default);
            Assert.Equal(SessionStatus.Closed, record.Status);
            Assert.Equal(record.Id == top.Id ? EndReason.Asked : EndReason.ParentEnded, record.EndReason);
            Assert.Empty(record.Children);
            Assert.Equal(Enumerable.Range(1, (int)record.LastSequence).Select(n => (long)n), events.Select(e => e.Sequence));
            Assert.Single(events, e => e.Type == SessionEventType.SessionClosed);
            Assert.Equal(PeersOf(events, SessionEventType.ChildOpened), PeersOf(events, SessionEventType.ChildEnded));
            Assert.Equal(
                records.Where(child => child.Parent?.Id == record.Id).Select(child => child.Id).Order(),
                PeersOf(events, SessionEventType.ChildEnded));
        }

        Assert.Equal(1 + Middle + (Middle * BottomEach), records.Count);
        Assert.InRange(closed.Usage.Executions, begun, 100_000);
        Assert.Equal(records.Sum(record => record.Usage.Executions), closed.Usage.Executions);
        Assert.Equal(records.Sum(record => record.Usage.Succeeded), closed.Usage.Succeeded);
        Assert.Equal(records.Sum(record => record.Usage.Abandoned), closed.Usage.Abandoned);
        Assert.Equal(records.Sum(record => record.Usage.ComputeTime.Ticks), closed.Usage.ComputeTime.Ticks);
    }

    /// <summary>Opens the lower levels, and lets each session execute once.</summary>
    private static async Task<(IReadOnlyCollection<SessionId> Tree, int Begun)> GrowAsync(SessionHandle top)
    {
        var tree = new System.Collections.Concurrent.ConcurrentBag<SessionId> { top.Id };
        await Parallel.ForEachAsync(Enumerable.Range(0, Middle), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            var middle = await OpenAsync(top, 100, BottomEach, Slow);
            for (var i = 0; i < BottomEach; i++)
            {
                await OpenAsync(middle, 10, 0, template: null);
            }
        });
        return (tree, tree.Count - 1);

        async Task<SessionHandle> OpenAsync(SessionHandle parent, long executions, long children, string? template)
        {
            var child = await parent.OpenChildAsync(new()
            {
                Template = template is null ? null : TemplateReference.Parse(template),
                Overrides = new() { Quotas = new() { Executions = executions, Children = children } },
            });
            await child.ActivateAsync();
            await child.ExecuteAsync(Function, static _ => default);
            tree.Add(child.Id);
            return child;
        }
    }

    private static async Task<long> CountAsync(PostgresStorage store, SessionStatus status) =>
        (await store.Search.CountAllAsync(SessionQuery.All, default)).GetValueOrDefault(status);

    private static IEnumerable<SessionId> PeersOf(IEnumerable<SessionEvent> events, SessionEventType type) =>
        events.Where(e => e.Type == type).Select(e => e.Peer!.Value).Order();
}
