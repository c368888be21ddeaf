using Sessions.Grains.Hosting;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>What a silo does over and over: nothing but the silo's stop may end it.</summary>
public sealed class SiloLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly SiloLifecycleByHand silo = new();
    private readonly LogRecords<SiloLoopTests> log = new();
    private int rounds;

    // An operation that could not be read used to end the search for stalled operations for as long as the node lived.
    [Fact]
    public async Task RoundThatFails_IsLogged_AndTheNextOnesCome()
    {
        var failure = new FormatException("Unreadable.");
        Begin(_ => ++rounds % 2 == 0 ? throw failure : Task.CompletedTask);
        await silo.StartAsync();

        await Eventually.Holds(() => Volatile.Read(ref rounds) > 5, "rounds come");
        await silo.StopAsync();

        Assert.All(log.Entries, entry => Assert.Equal((163, "Loop failed; it begins again.", failure), entry));
        Assert.Equal(rounds / 2, log.Entries.Count);
    }

    [Fact]
    public async Task Stop_EndsTheRoundThatIsGoingOn_AndNoneComesAfterIt()
    {
        var ended = 0;
        Begin(async stopping =>
        {
            rounds++;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            }
            finally
            {
                ended++;
            }
        });
        await silo.StartAsync();
        await Eventually.Holds(() => Volatile.Read(ref rounds) > 0, "a round has begun");

        await silo.StopAsync();

        Assert.Equal((1, 1), (rounds, ended));
        Assert.Empty(log.Entries);
    }

    // Named after what it reproduces: what a round failed with while the silo stopped was thrown at whoever stopped it.
    [Fact]
    public async Task Stop_OfARoundThatFailsMeanwhile_IsLogged_AndTheStopGoesOn()
    {
        var failure = new FormatException("Unreadable.");
        Begin(async stopping =>
        {
            rounds++;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw failure;
        });
        await silo.StartAsync();
        await Eventually.Holds(() => Volatile.Read(ref rounds) > 0, "a round has begun");

        await silo.StopAsync();

        Assert.Equal((163, "Loop failed; it begins again.", failure), Assert.Single(log.Entries));
    }

    [Fact]
    public async Task StopOfWhatNeverStarted_DoesNothing()
    {
        Begin(_ => Task.FromResult(rounds++));

        await silo.StopAsync();

        Assert.Equal(0, rounds);
    }

    private void Begin(Func<CancellationToken, Task> round) => silo.Repeat("Loop", ServiceLifecycleStage.Active, Interval, log, round);
}
