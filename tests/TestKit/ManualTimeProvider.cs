using Sessions.Core;

namespace Sessions.TestKit;

/// <summary>A clock that stands still until a test moves it; moving it fires what is due, in order.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private readonly List<TaskCompletionSource> waiters = [];
    private DateTimeOffset now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether somebody waits for that very moment.</summary>
    public bool IsAwaited(DateTimeOffset moment)
    {
        lock (gate)
        {
            return timers.Exists(timer => timer.Due == moment);
        }
    }

    /// <summary>Moves the clock to each due timer in turn, and at last to the end of <paramref name="by"/>.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (NextDue(end) is { } due)
        {
            due.Fire();
        }

        lock (gate)
        {
            now = end;
        }
    }

    /// <summary>
    /// Moves the clock from timer to timer until <paramref name="task"/> is done. Fails after ten seconds of real time in which
    /// nothing came to be due.
    /// </summary>
    public async Task RunAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            await TimerOrEndAsync(task);
            if (NextDue(DateTimeOffset.MaxValue) is { } due)
            {
                due.Fire();
            }
        }
    }

    private async Task TimerOrEndAsync(Task task)
    {
        var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (timers.Count > 0)
            {
                return;
            }

            waiters.Add(set);
        }

        await Task.WhenAny(task, set.Task).WaitAsync(TimeSpan.FromSeconds(10));
    }

    private ManualTimer? NextDue(DateTimeOffset until)
    {
        lock (gate)
        {
            var next = timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
            if (next is not null)
            {
                now = next.Due > now ? next.Due : now;
                timers.Remove(next);
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
            {
                throw new NotSupportedException("Nothing under test repeats a timer.");
            }

            lock (time.gate)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                Due = time.now + dueTime;
                time.timers.Add(this);
                foreach (var waiter in time.waiters)
                {
                    waiter.TrySetResult();
                }

                time.waiters.Clear();
                return true;
            }
        }

        public void Dispose()
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
