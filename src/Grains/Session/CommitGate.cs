namespace Sessions.Grains.Session;

/// <summary>
/// One change of a session at a time, from the decision to the commit, in order of arrival. The grain's calls interleave where they
/// admit, so that its turns alone do not give that. Small while nobody waits: every session that is only kept has one.
/// </summary>
internal sealed class CommitGate
{
    private Queue<TaskCompletionSource>? waiting;
    private bool isTaken;

    /// <summary>Waits for its turn, and holds it until the result is disposed of.</summary>
    public ValueTask<Turn> EnterAsync()
    {
        TaskCompletionSource place;

        // Of itself, which nobody else sees: a lock of its own would be most of its size.
        lock (this)
        {
            if (!isTaken)
            {
                isTaken = true;
                return ValueTask.FromResult(new Turn(this));
            }

            // Asynchronously, because who leaves must not run the code of who comes next.
            place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (waiting ??= new()).Enqueue(place);
        }

        return WaitAsync(place.Task);
    }

    private async ValueTask<Turn> WaitAsync(Task place)
    {
        await place;
        return new Turn(this);
    }

    private void Leave()
    {
        TaskCompletionSource? next = null;
        lock (this)
        {
            isTaken = waiting?.TryDequeue(out next) == true;
        }

        next?.SetResult();
    }

    internal readonly struct Turn(CommitGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
