using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Core.Sweeping;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Sweeping;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>The sweeper over a store that fails two of its batches at once.</summary>
public sealed class SweepFailureTests : IAsyncDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LogRecords<DueSessionSweeper> log = new();
    private readonly SiloLifecycleByHand silo = new();
    private readonly FailingPair store = new();

    // The failure of the second batch was nowhere to be seen: who waits for several is told of one.
    [Fact]
    public async Task TwoBatchesFail_BothAreLogged_AndTheNextPassBeginsAfterTheSecond()
    {
        var sweeper = new DueSessionSweeper(
            store,
            new SweepWaker(null!, NullLogger<SweepWaker>.Instance),
            new LifecyclePublisher(null!, null!, NullLogger<LifecyclePublisher>.Instance),
            TimeProvider.System,
            Options.Create(new SessionsOptions { SweepInterval = TimeSpan.FromMilliseconds(5) }),
            new SessionsInstruments(services.GetRequiredService<IMeterFactory>()),
            new SweepState(),
            log);
        sweeper.Participate(silo);
        await silo.StartAsync();

        await Eventually.Holds(() => store.Failures.Length == 2 && store.Passes > 1, "the sweep goes on after both");
        await silo.StopAsync();

        Assert.False(store.WasOverlapped, "A pass began beside a batch of the one before it.");
        Assert.Equal([161, 166], log.Entries.Select(entry => entry.Id).Order());
        Assert.Equal(store.Failures.ToHashSet(), log.Entries.Select(entry => entry.Exception!.GetBaseException()).ToHashSet());
    }

    public async ValueTask DisposeAsync() => await services.DisposeAsync();

    /// <summary>Always has something due, until two batches are under way at once: the second of them fails later than the first.</summary>
    private sealed class FailingPair : IDueSessions
    {
        private static readonly SessionNamespace Name = SessionNamespace.Parse("acme");

        private readonly Lock gate = new();
        private readonly TaskCompletionSource pair = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource firstFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ImmutableArray<Exception> failures = [];
        private int underWay;
        private int passes;

        public bool WasOverlapped { get; private set; }

        public ImmutableArray<Exception> Failures
        {
            get
            {
                lock (gate)
                {
                    return failures;
                }
            }
        }

        public int Passes => Volatile.Read(ref passes);

        public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
            SessionNamespace? after, int limit, CancellationToken cancellationToken)
        {
            lock (gate)
            {
                WasOverlapped |= underWay > 0;
                passes++;
                return ValueTask.FromResult<ImmutableArray<DueNamespace>>(pair.Task.IsCompleted ? [] : [new(Name, DateTimeOffset.UnixEpoch)]);
            }
        }

        public async ValueTask<DueBatch> TakeDueAsync(
            DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
        {
            if (Enter())
            {
                // Time enough for a pass that would not wait for this.
                await firstFailed.Task;
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
                throw Leave("The second fails.")!;
            }

            await Task.WhenAny(pair.Task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken));
            if (Leave("The first fails.") is { } failure)
            {
                firstFailed.SetResult();
                throw failure;
            }

            // Alone it has as many as were asked for, so that the sweeper comes to its full pace.
            return new DueBatch { Taken = ImmutableDictionary<SessionNamespace, int>.Empty.Add(Name, question.Share) };
        }

        /// <summary>Whether another batch is under way already.</summary>
        private bool Enter()
        {
            lock (gate)
            {
                if (++underWay < 2)
                {
                    return false;
                }

                pair.SetResult();
                return true;
            }
        }

        /// <summary>The failure of this batch, if it was ever one of two.</summary>
        private StoreUnavailableException? Leave(string message)
        {
            lock (gate)
            {
                underWay--;
                if (!pair.Task.IsCompleted)
                {
                    return null;
                }

                var failure = new StoreUnavailableException(message);
                failures = failures.Add(failure);
                return failure;
            }
        }
    }
}
