using Microsoft.Extensions.Logging;
using Sessions.Hosting;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>What a silo does over and over: nothing but the silo's stop may end it.</summary>
public sealed class SiloLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly Lifecycle silo = new();
    private readonly Records log = new();
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

    [Fact]
    public async Task StopOfWhatNeverStarted_DoesNothing()
    {
        Begin(_ => Task.FromResult(rounds++));

        await silo.StopAsync();

        Assert.Equal(0, rounds);
    }

    private void Begin(Func<CancellationToken, Task> round) => silo.Repeat("Loop", ServiceLifecycleStage.Active, Interval, log, round);

    private sealed class Lifecycle : ISiloLifecycle
    {
        private ILifecycleObserver? loop;

        public int HighestCompletedStage => ServiceLifecycleStage.First;

        public int LowestStoppedStage => ServiceLifecycleStage.Last;

        public Task StartAsync() => loop!.OnStart(CancellationToken.None);

        public Task StopAsync() => loop!.OnStop(CancellationToken.None);

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            loop = observer;
            return new CancellationTokenSource();
        }
    }

    private sealed class Records : ILogger
    {
        public List<(int Id, string Text, Exception? Exception)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((eventId.Id, formatter(state, exception), exception));
    }
}
