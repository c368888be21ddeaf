using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Ownership;

namespace Sessions.Grains.Storage;

/// <summary>
/// Where sessions and their events live. A save is the record and its events together or not at all, and it is fenced: it is
/// written only over the version just before its own.
/// </summary>
internal interface ISessionStore
{
    /// <summary>Makes the store ready (schema, connections). Called once, before anything else.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached or is not ours.</exception>
    Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>The session; null if there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken);

    /// <summary>
    /// Writes <see cref="SessionSave.Record"/> at version v: with v = 1 as a new session, else over version v − 1.
    /// Nothing is written if the store holds another version, or if the session would be one too many of those that are live in its
    /// namespace or one above it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not, nobody knows; read to find out.</exception>
    ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken);

    /// <summary>The answer to a command that is kept beside the session's record, by <see cref="AnswerChanges.Kept"/> of a save; null if none is.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken);

    /// <summary>A session's events after <paramref name="afterSequence"/>, in order.</summary>
    /// <param name="id">Which session.</param>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>A session's logged executions after <paramref name="afterSequence"/>, in order; instants to the microsecond.</summary>
    /// <param name="id">Which session.</param>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>The <see cref="GrantMark.Epoch"/> of every one of <paramref name="ids"/> that has one, as committed when the question came or later.</summary>
    /// <param name="ids">At most 10,000; those that are unknown have no epoch.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken);

    /// <summary>The versions of every one of <paramref name="ids"/> that there is, as committed when the question came or later.</summary>
    /// <param name="ids">At most 10,000; the answer leaves out those that are unknown.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken);

    /// <summary>Commits a small write, which proves that sessions can be saved.</summary>
    /// <exception cref="StoreUnavailableException">It could not be committed; the message says why.</exception>
    Task ProveWriteAsync(CancellationToken cancellationToken);

    /// <summary>The clock of the store's server, which all nodes of a cluster share; null if the store has no clock but the node's own.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken);
}
