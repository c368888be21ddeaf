using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Sessions.Cluster.Tests;

/// <summary>A clock that also tells what is waited for.</summary>
public sealed class AwaitedTimeProvider(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentDictionary<Awaited, DateTimeOffset> due = new();

    /// <summary>Whether a timer is set to that very moment.</summary>
    public bool IsAwaited(DateTimeOffset moment) => due.Values.Contains(moment);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Awaited(this);
        timer.Begin(base.CreateTimer(
            fired =>
            {
                due.TryRemove(timer, out _);
                callback(fired);
            },
            state,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Awaited(AwaitedTimeProvider time) : ITimer
    {
        private ITimer? timer;

        public void Begin(ITimer begun) => timer = begun;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                time.due.TryRemove(this, out _);
            }
            else
            {
                time.due[this] = time.GetUtcNow() + dueTime;
            }

            return timer!.Change(dueTime, period);
        }

        public void Dispose()
        {
            time.due.TryRemove(this, out _);
            timer?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
