using Sessions.Core.Admission;

namespace Sessions.Grains.Isolation;

/// <summary>What becomes of one who waits: told once, to all who ask under its command.</summary>
internal sealed class WaitOutcome(CommandId command)
{
    private TaskCompletionSource signal = NewSignal();
    private QueueReply? told;

    public CommandId Command => command;

    /// <summary>When it was told, in monotonic milliseconds; the end of time while it was not.</summary>
    public long ToldAt { get; private set; } = long.MaxValue / 2;

    public void Tell(QueueReply reply, Moment now)
    {
        if (told is null)
        {
            (told, ToldAt) = (reply, now.Milliseconds);
            signal.TrySetResult();
        }
    }

    /// <summary>Lets those who wait go without an outcome, so that they ask again: that proves that they are still there.</summary>
    public void AskToConfirm()
    {
        if (told is null)
        {
            var before = signal;
            signal = NewSignal();
            before.TrySetResult();
        }
    }

    /// <summary>Waits for it, at most for so long; null if it was not told by then, or the caller is to ask again.</summary>
    public async Task<QueueReply?> WaitAsync(TimeSpan patience)
    {
        await signal.Task.WaitAsync(patience, TimeProvider.System).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return told;
    }

    // Continuations must not run inside what tells.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
