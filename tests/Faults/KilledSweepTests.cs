using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>The end of thousands of sessions within seconds, with nodes that are killed while they sweep.</summary>
public sealed class KilledSweepTests
{
    private const int Kills = 3;
    private const int Crowd = 1500;
    private const int Held = 10;
    private const int Renewed = 100;
    private const long Maximum = 100_000;
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private static readonly SessionNamespace Root = SessionNamespace.Parse("acme");
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");

    private static readonly string[] Settings =
    [
        "Sessions:DataRetention=00:00:00",
        $"Provisioners:{DueCrowd.Provisioned}:FileName=/bin/sh", $"Provisioners:{DueCrowd.Provisioned}:Arguments:0=-c",
        $"Provisioners:{DueCrowd.Provisioned}:Arguments:1=if [ $0 = release ]; then sleep 0.2; fi",
    ];

    [PostgresFact]
    public async Task NodesKilledWhileTheySweep_EverySessionEndsOnceInItsTime_AndNoRenewalIsUndone()
    {
        await using var nodes = await TwoNodes.StartAsync(Settings);
        await using var client = await nodes.ConnectAsync();
        await using var store = nodes.Source.OpenStore();
        await client.Sessions.SetTemplateAsync(TemplateReference.Parse(DueCrowd.Provisioned), new() { Provisioner = DueCrowd.Provisioned });
        await client.Sessions.SetPolicyAsync(Root, new() { MaxLiveSessions = Maximum }, new() { ApplyNow = true });
        await client.Sessions.SetPolicyAsync(Prod, new() { MaxLiveSessions = Maximum }, new() { ApplyNow = true });

        var sessions = new Dictionary<SessionId, DateTimeOffset?>();
        var renewals = new ConcurrentDictionary<SessionId, Renewal>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var closed = await CountAsync(store, isFinal: true);
            var crowd = new DueCrowd(store.Sessions, client.Sessions);
            await crowd.HoldAsync(Held);
            crowd.FirstEnd = TimeProvider.System.GetUtcNow() + Ahead;
            await crowd.EndHeldAsync();
            var toRenew = await crowd.WriteActiveAsync(Renewed);
            var renewing = Task.WhenAll(toRenew.Select(
                async (record, n) => renewals[record.Id] = await RenewAsync(client.Sessions, record, n)));

            // Whatever is slow and whatever is quick, the node that is killed has a sweep before it: sessions end until it is gone.
            using var gone = new CancellationTokenSource();
            var ending = Task.WhenAll(crowd.WriteAsync(Crowd), crowd.WriteUntilAsync(gone.Token));
            await Eventually.PassesAsync(() => CountAsync(store, isFinal: true), closed + (Crowd / 4), "a part of the crowd has ended");
            await nodes.KillAsync(kill % 2);
            var (written, ended) = (crowd.Sessions.Count, await CountAsync(store, isFinal: true) - closed);
            await gone.CancelAsync();
            await nodes.ReviveAsync(kill % 2);
            await ending;

            // Otherwise nobody was sweeping any more.
            Assert.True(ended < written, $"{ended} had ended when the node was killed, and no more were to end");
            await renewing;
            await crowd.ReleaseAsync();
            foreach (var id in crowd.Sessions)
            {
                sessions.Add(id, crowd.Ends.TryGetValue(id, out var promised) ? promised : null);
            }
        }

        var going = renewals.Values.Count(renewal => renewal is { IsAcknowledged: true, Outlasts: true });
        await Eventually.PassesAsync(
            () => CountAsync(store, isFinal: true), sessions.Count - going - 1, "everything has ended whose time is up");
        await Eventually.TrueAsync(
            async () => await CountAsync(store, isFinal: false) == going && await IsSweptAsync(store),
            "everything has ended whose time is up, and nothing is left to do");

        Assert.True(going > 0, "no renewal came in time, and so none could be undone");
        Assert.Contains(renewals.Values, renewal => !renewal.IsAcknowledged);
        Assert.Equal(going, await LiveHistory.CountRowsAsync(nodes.Source));
        var counted = await store.Policies.ReadLiveCountsAsync(Prod, default);
        Assert.Equal([new(Root, Maximum, going), new(Prod, Maximum, going)], counted.AsEnumerable());
        Assert.Equal(going, (await LiveHistory.ReadAsync(nodes.Source)).Last);
        await Parallel.ForEachAsync(sessions, async (one, _) => await CheckAsync(store, one.Key, renewals.GetValueOrDefault(one.Key), one.Value));
    }

    /// <summary>Renews a session close to its end: a little before for some, a little after for others.</summary>
    private static async Task<Renewal> RenewAsync(SessionsClient client, SessionRecord record, int n)
    {
        var end = record.ExpiresAt!.Value;
        var by = n % 2 == 0 ? Shortly : Long;
        var wait = end + TimeSpan.FromMilliseconds((n * 10) - 800) - TimeProvider.System.GetUtcNow();
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeProvider.System);
        try
        {
            await client.Get(record.Id).RenewAsync(by);
            return new Renewal(true, end, by, Outlasts: by == Long);
        }
        catch (InvalidTransitionException)
        {
            // What the log says of the time is the node's own word; this is the client's.
            Assert.True(TimeProvider.System.GetUtcNow() >= end, $"{record.Id} was refused a renewal before its end at {end:O}");
            return new Renewal(false, end, by, Outlasts: false);
        }
    }

    private static async Task CheckAsync(PostgresStorage store, SessionId id, Renewal? renewal, DateTimeOffset? promised)
    {
        var record = (await store.Sessions.ReadAsync(id, default))!;
        var parentEnd = record.Parent is { } parent ? (await store.Sessions.ReadAsync(parent.Id, default))!.ExpiresAt : null;
        var faults = SweepHistory.Faults(record, await store.Sessions.ReadEventsAsync(id, 0, 1000, default), renewal, promised, parentEnd);
        Assert.True(!faults.Any(), $"Session {id}: {string.Join("; ", faults)}");
    }

    private static async Task<long> CountAsync(PostgresStorage store, bool isFinal) =>
        (await store.Search.CountAllAsync(SessionQuery.All, default)).Where(one => Lifecycle.IsFinal(one.Key) == isFinal).Sum(one => one.Value);

    /// <summary>Whether nothing is due, and nothing was claimed to be looked after: what has ended is kept for days.</summary>
    private static async Task<bool> IsSweptAsync(PostgresStorage store) =>
        (await store.Due.ReadDueNamespacesAsync(null, 1000, default)).All(one => one.DueAt > TimeProvider.System.GetUtcNow() + (Long / 2));
}
