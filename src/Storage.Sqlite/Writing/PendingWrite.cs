namespace Sessions.Storage.Sqlite.Writing;

/// <summary>One write on its way through the writer. Its answer is published after the commit.</summary>
internal abstract class PendingWrite
{
    /// <summary>Where it waits, while it does; the queue's own.</summary>
    public LinkedListNode<PendingWrite>? Place { get; set; }

    /// <summary>Writes, in the transaction of the batch. May be called again after everything that it did was undone.</summary>
    public abstract void Run(WriteSession session);

    /// <summary>Notes why it is not written.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Tells the one who waits what became of it.</summary>
    public abstract void Publish();

    /// <summary>Tells the one who waits that it was taken back.</summary>
    public abstract void Cancel(CancellationToken cancellationToken);
}

/// <inheritdoc/>
/// <typeparam name="T">What it answers.</typeparam>
/// <param name="run">What it does.</param>
internal sealed class PendingWrite<T>(Func<WriteSession, T> run) : PendingWrite
{
    // Asynchronously, because the writer must not run the code of those who wait.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private T answer = default!;
    private Exception? error;

    public Task<T> Task => completion.Task;

    public override void Run(WriteSession session) => (answer, error) = (run(session), null);

    public override void Fail(Exception error) => this.error = error;

    public override void Publish()
    {
        if (error is null)
        {
            completion.TrySetResult(answer);
        }
        else
        {
            completion.TrySetException(error);
        }
    }

    public override void Cancel(CancellationToken cancellationToken) => completion.TrySetCanceled(cancellationToken);
}
