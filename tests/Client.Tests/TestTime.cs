using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Sessions.Client.Tests;

/// <summary>
/// A clock that stands still until a test moves it. Beyond <see cref="FakeTimeProvider"/>, it goes from timer to timer, so that each finds
/// the moment that it was set for, and can be moved as a suspended process finds it moved.
/// </summary>
internal sealed class TestTime() : FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1_234_567))
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentDictionary<WatchedTimer, DateTimeOffset> due = new();
    private volatile TaskCompletionSource set = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long jumped;

    /// <summary>What timers are set by.</summary>
    private DateTimeOffset WithoutJumps => base.GetUtcNow();

    /// <summary>Called when the code under test reads the clock, before it is answered.</summary>
    public Action? OnRead { get; set; }

    // The timestamp is taken from it too.
    public override DateTimeOffset GetUtcNow()
    {
        OnRead?.Invoke();
        return base.GetUtcNow().AddTicks(Volatile.Read(ref jumped));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock to each due timer in turn, and at last to the end of <paramref name="by"/>.</summary>
    public new void Advance(TimeSpan by)
    {
        for (var end = WithoutJumps + by; WithoutJumps < end;)
        {
            Step(end);
        }
    }

    /// <summary>
    /// Moves the clock from timer to timer until <paramref name="task"/> is done. Fails after ten seconds of real time in which
    /// no timer was set.
    /// </summary>
    public async Task RunAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            var next = set.Task;
            if (due.IsEmpty)
            {
                await Task.WhenAny(task, next).WaitAsync(Patience, TimeProvider.System);
            }
            else
            {
                Step(DateTimeOffset.MaxValue);
            }
        }
    }

    /// <summary>Moves the clock, and no timer fires, as when a suspended process goes on.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref jumped, by.Ticks);

    private ITimer CreateInner(TimerCallback callback) =>
        base.CreateTimer(callback, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>To the next timer, or to the end if that is earlier.</summary>
    private void Step(DateTimeOffset end)
    {
        var now = WithoutJumps;
        var next = due.Values.Append(end).Min();
        if (next == DateTimeOffset.MaxValue)
        {
            return;
        }

        // A timer that is set while the clock moves may fire later than noted.
        var step = next > now ? next - now : ShortestStep;
        base.Advance(step < end - now ? step : end - now);
    }

    private sealed class WatchedTimer : ITimer
    {
        private readonly TestTime time;
        private readonly ITimer inner;

        public WatchedTimer(TestTime time, TimerCallback callback, object? state)
        {
            this.time = time;
            inner = time.CreateInner(_ =>
            {
                Forget();
                callback(state);
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
            {
                throw new NotSupportedException("Nothing under test repeats a timer.");
            }

            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                time.due.TryRemove(this, out _);
                return inner.Change(dueTime, period);
            }

            time.due[this] = time.WithoutJumps + dueTime;
            var changed = inner.Change(dueTime, period);
            Interlocked.Exchange(ref time.set, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            return changed;
        }

        public void Dispose()
        {
            time.due.TryRemove(this, out _);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        /// <summary>Forgets what was due, unless the timer has been set again meanwhile.</summary>
        private void Forget()
        {
            if (time.due.TryGetValue(this, out var noted) && noted <= time.WithoutJumps)
            {
                time.due.TryRemove(KeyValuePair.Create(this, noted));
            }
        }
    }
}
