using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>The maximum of live sessions with real processes, real PostgreSQL and SIGKILL: never exceeded, and wholly usable afterwards.</summary>
public sealed class KilledPolicyTests
{
    private const int Maximum = 20;
    private const int Callers = 48;
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");

    [PostgresFact]
    public async Task NodeOfThePolicyKilled_WhileManyComeAndGoThroughBoth_NeverOneTooManyAndNoPlaceIsLost()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        var sessions = client.Sessions;
        await sessions.SetPolicyAsync(Prod, new() { MaxLiveSessions = Maximum }, new() { ApplyNow = true });
        var (lives, refusals, seen) = (0, 0, new ConcurrentBag<long>());
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                seen.Add(await LiveHistory.CountRowsAsync(nodes.Source));
            }
        });
        var callers = Enumerable.Range(0, Callers).Select(n => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var handle = await sessions.CreateAsync(Options(n % 2 == 0 ? "acme/prod" : "acme/prod/eval"));
                try
                {
                    await handle.ActivateAsync();
                    Interlocked.Increment(ref lives);
                }
                catch (PolicyViolationException full)
                {
                    Assert.Equal("liveSessions", full.Error.Dimension);
                    Interlocked.Increment(ref refusals);
                }

                await handle.CloseAsync();
            }
        })).ToArray();

        for (var kill = 0; kill < 3; kill++)
        {
            var before = Volatile.Read(ref lives);
            await Eventually.Passes(() => Volatile.Read(ref lives), before + 150, "more sessions have lived");
            Orleans.Runtime.SiloAddress? home = null;
            await Eventually.TrueAsync(async () => (home = await client.FindSiloAsync(Prod)) is not null, "the policy is active somewhere");
            await nodes.KillAndReviveAsync(nodes.IndexOf(home));
        }

        await stop.CancelAsync();
        await Task.WhenAll([.. callers, watching]);

        Assert.True(refusals > 0, "nobody was ever refused, and so nothing was shown");
        Assert.InRange(seen.Max(), 1, Maximum);
        Assert.Equal(0, await LiveHistory.CountRowsAsync(nodes.Source));
        Assert.Equal(new LiveCount(Prod, Maximum, 0), Assert.Single((await sessions.GetEffectivePolicyAsync(Prod)).Live));

        var tries = await Task.WhenAll(Enumerable.Range(0, Maximum + 10).Select(async _ =>
        {
            try
            {
                await (await sessions.CreateAsync(Options("acme/prod"))).ActivateAsync();
                return true;
            }
            catch (PolicyViolationException)
            {
                return false;
            }
        }));

        Assert.Equal(Maximum, tries.Count(isLive => isLive));
        Assert.Equal(Maximum, await LiveHistory.CountRowsAsync(nodes.Source));
        var (most, last, changes) = await LiveHistory.ReadAsync(nodes.Source);
        Assert.Equal((Maximum, Maximum), (most, last));

        // Every session that was seen to live has come and gone; transactions would not do, because a node gathers many changes in one.
        Assert.InRange(changes, 2 * lives, int.MaxValue);
    }

    [Fact]
    public void HistoryWithOneTooMany_Counted_ShowsIt()
    {
        (string, string, string)[] history =
        [
            ("a", "SessionCreated", "1"), ("a", "SessionActivated", "2"), ("b", "SessionClosing", "3"), ("b", "SessionActivated", "4"),
            ("c", "SessionActivated", "5"), ("a", "SessionClosing", "5"), ("b", "SessionClosing", "6"),
        ];

        Assert.Equal((2, 1, 5), LiveHistory.Count(history));
    }

    private static CreateSessionOptions Options(string @namespace) => new()
    {
        Namespace = SessionNamespace.Parse(@namespace),
        Creator = Principal.Parse("alice"),
    };
}
