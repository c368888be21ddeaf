using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>
/// Those who wait for a place, with real processes, real PostgreSQL and SIGKILL of the node that keeps their line: never one too many, and
/// everybody hears in the end what has become of it.
/// </summary>
public sealed class KilledQueueTests
{
    private const int Maximum = 4;
    private const int Callers = 32;

    // How many sessions live between two kills.
    private const int Lives = 50;
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");

    [PostgresFact]
    public async Task NodeOfTheLineKilled_WhileManyWait_NeverOneTooManyAndNobodyWaitsForEver()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        var sessions = client.Sessions;
        await sessions.SetPolicyAsync(
            Prod, new() { MaxLiveSessions = Maximum, Queue = new(Callers, TimeSpan.FromMinutes(5)) }, new() { ApplyNow = true });
        var (lives, places, seen) = (0, new Told(), new ConcurrentBag<long>());
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
                var handle = await sessions.CreateAsync(new() { Namespace = Prod, Creator = Principal.Parse($"creator-{n % 5}") });
                var session = await handle.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMinutes(5), Progress = places });
                Assert.Equal(SessionStatus.Active, session.Status);
                Interlocked.Increment(ref lives);
                await handle.CloseAsync();
            }
        })).ToArray();

        for (var kill = 0; kill < 3; kill++)
        {
            var before = Volatile.Read(ref lives);
            await Eventually.Passes(() => Volatile.Read(ref lives), before + Lives, "more sessions have lived");
            Orleans.Runtime.SiloAddress? home = null;
            await Eventually.TrueAsync(async () => (home = await client.FindSiloAsync(Prod)) is not null, "the line is somewhere");
            Assert.NotEmpty(places.Standing);
            await nodes.KillAndReviveAsync(nodes.IndexOf(home));
        }

        var last = Volatile.Read(ref lives);
        await Eventually.Passes(() => Volatile.Read(ref lives), last + Lives, "sessions live after the last kill");
        await stop.CancelAsync();
        await Task.WhenAll([.. callers, watching]).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.InRange(seen.Max(), 1, Maximum);
        Assert.Equal(0, await LiveHistory.CountRowsAsync(nodes.Source));
        var (most, live, changes) = await LiveHistory.ReadAsync(nodes.Source);
        Assert.Equal((Maximum, 0), (most, live));
        Assert.Equal(2 * lives, changes);
        Assert.Equal(new LiveCount(Prod, Maximum, 0) { Waiting = 0 }, Assert.Single((await sessions.GetEffectivePolicyAsync(Prod)).Live));
    }

    [PostgresFact]
    public async Task NodeOfTheLineKilled_WhileNothingComesFree_EveryWaitEndsWithATypedRefusal()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.ConnectAsync();
        var sessions = client.Sessions;
        await sessions.SetPolicyAsync(
            Prod, new() { MaxLiveSessions = 1, Queue = new(Callers, TimeSpan.FromMinutes(5)) }, new() { ApplyNow = true });
        var holder = await sessions.CreateAsync(new() { Namespace = Prod, Creator = Principal.Parse("alice") });
        await holder.ActivateAsync();
        var told = new Told();
        var waits = Enumerable.Range(0, 10).Select(async n =>
        {
            var handle = await sessions.CreateAsync(new() { Namespace = Prod, Creator = Principal.Parse("alice") });
            return await Assert.ThrowsAsync<PolicyViolationException>(
                () => handle.ActivateAsync(new() { WaitForPlace = TimeSpan.FromSeconds(n % 2 == 0 ? 15 : 300), Progress = told }));
        }).ToList();
        await Eventually.Holds(() => told.Standing.Any(place => place.Waiting == 10), "all of them wait");
        var home = await client.FindSiloAsync(Prod);

        await nodes.KillAsync(nodes.IndexOf(home));

        // Half of them end by their own deadline, wherever the line is by then, and the others with the line itself.
        var late = await Task.WhenAll(waits.Where((_, n) => n % 2 == 0)).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.All(late, refusal => Assert.StartsWith("No place has come free in ", refusal.Message, StringComparison.Ordinal));
        await sessions.SetPolicyAsync(Prod, new() { MaxLiveSessions = 1 }, new() { ApplyNow = true });
        var turnedAway = await Task.WhenAll(waits).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.All(turnedAway, refusal => Assert.Equal((Prod, true), (refusal.Namespace, refusal.RetryAfter > TimeSpan.Zero)));
        Assert.Equal(SessionStatus.Active, (await holder.GetAsync()).Status);
    }

    [Fact]
    public async Task CallerThatWaitsKilled_WhenAPlaceComesFree_TheNextHasItAndTheDeadOnesSessionIsNotActivated()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var sessions = client.Sessions;
        await sessions.SetPolicyAsync(Prod, new() { MaxLiveSessions = 1, Queue = new(Callers, TimeSpan.FromMinutes(5)) }, new() { ApplyNow = true });
        Task<SessionHandle> CreateAsync() => sessions.CreateAsync(new() { Namespace = Prod, Creator = Principal.Parse("alice") });
        var (holder, dead, next) = (await CreateAsync(), await CreateAsync(), await CreateAsync());
        await holder.ActivateAsync();
        using var killed = await WaitAsync(dead, "1 of 1");
        using var waiting = await WaitAsync(next, "2 of 2");

        killed.Kill();
        await killed.WaitForExitAsync();
        await holder.CloseAsync();

        (await CliProcess.EndedAsync(waiting).WaitAsync(TimeSpan.FromMinutes(2))).Succeeded();
        Assert.Equal((SessionStatus.Active, SessionStatus.Created), ((await next.GetAsync()).Status, (await dead.GetAsync()).Status));

        // When it has said where it stands, it waits.
        async Task<System.Diagnostics.Process> WaitAsync(SessionHandle session, string position)
        {
            var process = CliProcess.Start("activate", session.Id.ToString(), "--wait", "5m", "--gateway", node.Gateway, "--timeout", "60s");
            var lines = new List<string>();
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                lines.Add(line);
                if (line.Contains($"waiting for a place in {Prod}: {position}", StringComparison.Ordinal))
                {
                    return process;
                }
            }

            throw new InvalidOperationException("The tool ended: " + string.Join(Environment.NewLine, lines));
        }
    }

    /// <summary>Keeps all that callers were told of where they stand.</summary>
    private sealed class Told : IProgress<QueuePlace>
    {
        public ConcurrentBag<QueuePlace> Standing { get; } = [];

        public void Report(QueuePlace value) => Standing.Add(value);
    }
}
