using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>One save on its way through the writer, and whoever waits for it.</summary>
internal sealed class PendingSave(SaveRow row)
{
    // Asynchronously, because a batch must not run the code of those who wait for it.
    private readonly TaskCompletionSource<SaveOutcome> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private object outcome = "Nobody looked after this save.";

    public SaveRow Row => row;

    public SessionId Id => row.SessionId;

    public Task<SaveOutcome> Task => completion.Task;

    /// <summary>Where it waits, in the hands of <see cref="SaveQueue"/>; null when it does not.</summary>
    public LinkedListNode<PendingSave>? Place { get; set; }

    /// <summary>Whether the database answered that it is written.</summary>
    public bool IsSaved => outcome is SaveOutcome answer && answer == SaveOutcome.Saved;

    /// <summary>Notes the database's answer, which <see cref="Publish"/> tells.</summary>
    public void Answered(SaveOutcome answer) => outcome = answer;

    /// <inheritdoc cref="Answered"/>
    public void NotWritten(string message, Exception? cause) => outcome = new StoreUnavailableException(message, cause);

    /// <inheritdoc cref="Answered"/>
    public void Unknown(Exception cause) => outcome = new StoreOutcomeUnknownException(
        $"Whether session {row.Id} was written at version {row.Version} is not known: {cause.Message}", cause);

    /// <summary>Tells what became of it.</summary>
    public void Publish()
    {
        if (outcome is SaveOutcome answer)
        {
            completion.TrySetResult(answer);
        }
        else
        {
            completion.TrySetException(outcome as Exception ?? new StoreOutcomeUnknownException((string)outcome));
        }
    }

    public void Cancel(CancellationToken cancellationToken) => completion.TrySetCanceled(cancellationToken);
}
