using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Storage;

namespace Sessions.TestKit;

/// <summary>
/// A store that, on demand, writes a save and then says that it does not know: what a connection does that breaks between the
/// commit and its answer.
/// </summary>
public sealed class CommitThenFailStore(ISessionStore inner) : ISessionStore
{
    private int pending;
    private int failed;

    /// <summary>How many answers have been withheld.</summary>
    public int Failed => Volatile.Read(ref failed);

    /// <summary>Withholds the answers of the next saves that are written.</summary>
    public void FailNext(int saves = 1) => Interlocked.Add(ref pending, saves);

    /// <inheritdoc/>
    public async ValueTask<bool> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        var saved = await inner.SaveAsync(save, cancellationToken);
        if (saved && TryTakeFailure())
        {
            Interlocked.Increment(ref failed);
            throw new StoreOutcomeUnknownException($"The answer was withheld: session {save.Record.Id}, version {save.Record.Version}.");
        }

        return saved;
    }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(id, afterSequence, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueSession>> ReadDueAsync(
        DateTimeOffset now, DueSession? after, int limit, CancellationToken cancellationToken) =>
        inner.ReadDueAsync(now, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountByStatusAsync(
        SessionNamespace? within, CancellationToken cancellationToken) => inner.CountByStatusAsync(within, cancellationToken);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    private bool TryTakeFailure()
    {
        for (var seen = Volatile.Read(ref pending); seen > 0; seen = Volatile.Read(ref pending))
        {
            if (Interlocked.CompareExchange(ref pending, seen - 1, seen) == seen)
            {
                return true;
            }
        }

        return false;
    }
}
