using Sessions.TestKit;

namespace Sessions.Client.Tests;

/// <summary>A clock that stands still until a test moves it, and that can also be moved as a suspended process finds it moved.</summary>
internal sealed class TestTime : TimeProvider
{
    private readonly ManualTimeProvider manual = new();
    private long jumped;

    public override long TimestampFrequency => manual.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => manual.GetUtcNow().AddTicks(Volatile.Read(ref jumped));

    public override long GetTimestamp() => manual.GetTimestamp() + Volatile.Read(ref jumped);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        manual.CreateTimer(callback, state, dueTime, period);

    /// <inheritdoc cref="ManualTimeProvider.Advance"/>
    public void Advance(TimeSpan by) => manual.Advance(by);

    /// <inheritdoc cref="ManualTimeProvider.RunAsync"/>
    public Task RunAsync(Task task) => manual.RunAsync(task);

    /// <summary>Moves the clock, and no timer fires, as when a suspended process goes on.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref jumped, by.Ticks);
}
