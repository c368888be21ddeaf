using Sessions.Core.Admission;

namespace Sessions.Grains.Isolation;

/// <summary>What becomes of one who waits: told once, to all who ask under its command.</summary>
internal sealed class WaitOutcome(CommandId command)
{
    // Continuations must not run inside what tells.
    private readonly TaskCompletionSource<QueueReply> told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommandId Command => command;

    /// <summary>When it was told, in monotonic milliseconds; the end of time while it was not.</summary>
    public long ToldAt { get; private set; } = long.MaxValue / 2;

    public void Tell(QueueReply reply, Core.Admission.Moment now)
    {
        if (told.TrySetResult(reply))
        {
            ToldAt = now.Milliseconds;
        }
    }

    /// <summary>Waits for it, at most for so long; null if it was not told by then.</summary>
    public async Task<QueueReply?> WaitAsync(TimeSpan patience)
    {
        await ((Task)told.Task).WaitAsync(patience, TimeProvider.System).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return told.Task.IsCompletedSuccessfully ? await told.Task : null;
    }
}
