using System.Collections.Immutable;
using Sessions.Core;

namespace Sessions.Grains.Storage;

/// <summary>
/// The sessions that somebody must look at because of the time. Several may take at once: nobody gets what another one has, and nobody
/// waits for it.
/// </summary>
internal interface IDueSessions
{
    /// <summary>For every namespace with sessions that time will move, when the first of them is due; by the names' bytes.</summary>
    /// <param name="after">The last namespace of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Takes due sessions, the longest due of each namespace first, has each judged, and does what was said of all of them at once or not
    /// at all. Whoever dies meanwhile has taken nothing. A session that cannot be read is put off for as long as a claim.
    /// </summary>
    /// <param name="question">Which sessions.</param>
    /// <param name="judge">Says what is to be done with a session; may be asked again. Pure and quick: the session is locked meanwhile.</param>
    /// <param name="cancellationToken">Gives up before anything is written.</param>
    /// <exception cref="StoreUnavailableException">Nothing was done.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Done or not, nobody knows; what was not done is still due.</exception>
    ValueTask<DueBatch> TakeDueAsync(DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken);
}

/// <summary>A namespace with sessions that time will move.</summary>
/// <param name="Namespace">Which.</param>
/// <param name="DueAt">When the first of them is due.</param>
internal sealed record DueNamespace(SessionNamespace Namespace, DateTimeOffset DueAt);

/// <summary>Which due sessions to take.</summary>
/// <param name="Now">What is due by now.</param>
/// <param name="Namespaces">In which namespaces, not below them; 1 to 1,000, each once.</param>
/// <param name="Share">The most of each; 1 to 1,000.</param>
/// <param name="Claim">How long a session is put off that cannot be read.</param>
internal sealed record DueQuestion(DateTimeOffset Now, ImmutableArray<SessionNamespace> Namespaces, int Share, TimeSpan Claim);

/// <summary>What is to be done with a due session.</summary>
internal sealed record DueAnswer
{
    /// <summary>It goes with everything that hangs on it. For sessions that have ended.</summary>
    public static readonly DueAnswer Delete = new();

    /// <summary>What to write; null if nothing.</summary>
    public SessionSave? Save { get; private init; }

    /// <summary>Whether its grain is to look after it.</summary>
    public bool Wakes { get; private init; }

    /// <summary>When it is due again, where nothing is written; null for never.</summary>
    public DateTimeOffset? DueAt { get; private init; }

    internal bool Deletes => ReferenceEquals(this, Delete);

    /// <summary>A change, by which the session is due again when its record says.</summary>
    public static DueAnswer Write(SessionSave save) => new() { Save = save };

    /// <summary>Its grain has to do it. Nobody else takes the session until then.</summary>
    public static DueAnswer Wake(DateTimeOffset until) => new() { Wakes = true, DueAt = until };

    /// <summary>There is nothing to do before then; null for never.</summary>
    public static DueAnswer PutOff(DateTimeOffset? until) => new() { DueAt = until };
}

/// <summary>What became of the sessions that were taken.</summary>
internal sealed record DueBatch
{
    /// <summary>How many were taken in each namespace that was asked for; those with fewer than the share have no more.</summary>
    public ImmutableDictionary<SessionNamespace, int> Taken { get; init; } = ImmutableDictionary<SessionNamespace, int>.Empty;

    /// <summary>What was written.</summary>
    public ImmutableArray<SessionSave> Saves { get; init; } = [];

    /// <summary>Whose grains are to look after them.</summary>
    public ImmutableArray<SessionId> ToWake { get; init; } = [];

    /// <summary>How many were put off.</summary>
    public int PutOff { get; init; }

    /// <summary>How many are gone.</summary>
    public int Deleted { get; init; }

    /// <summary>Which could not be read.</summary>
    public ImmutableArray<SessionId> Unreadable { get; init; } = [];

    /// <summary>
    /// How long before this was done the store last had a save of others on its way: zero if it had one then, null if it never had one, or
    /// where sweeping keeps nobody from saving.
    /// </summary>
    public TimeSpan? SinceOthers { get; init; }
}
