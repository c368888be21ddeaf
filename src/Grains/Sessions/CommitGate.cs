namespace Sessions.Grains;

/// <summary>
/// One change of a session at a time, from the decision to the commit. The grain's calls interleave where they admit, so that
/// its turns alone do not give that.
/// </summary>
#pragma warning disable CA1001 // Nobody asks the semaphore for its wait handle, and so there is nothing to dispose of.
internal sealed class CommitGate
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim free = new(1);

    /// <summary>Waits for its turn, and holds it until the result is disposed of.</summary>
    public async ValueTask<Turn> EnterAsync()
    {
        await free.WaitAsync();
        return new Turn(free);
    }

    internal readonly struct Turn(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
