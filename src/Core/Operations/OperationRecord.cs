using System.Collections.Immutable;
using Sessions.Core.Search;

namespace Sessions.Core.Operations;

/// <summary>
/// An operation as it is stored: what is shown of it, and what it has in hand. The batch is committed before any of its sessions is told
/// anything; so whoever goes on after a crash knows whom to ask again, whatever the query would find by then.
/// </summary>
internal sealed record OperationRecord
{
    /// <summary>What callers see.</summary>
    public OperationSnapshot Shown { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for, by <see cref="ContentHash"/>; tells a repeated start from another under the same id.</summary>
    public long RequestHash { get; init; }

    /// <summary>Whether <see cref="OperationSnapshot.Total"/> was looked for.</summary>
    public bool Counted { get; init; }

    /// <summary>The sessions in hand: found, and without an answer that is committed.</summary>
    public ImmutableArray<BatchedSession> Batch { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Where the search goes on; null at its beginning and at its end.</summary>
    public SearchPosition? After { get; init; }

    /// <summary>Whether all sessions are found.</summary>
    public bool AllFound { get; init; }
}

/// <summary>A session that an operation has in hand.</summary>
/// <param name="Id">Which.</param>
/// <param name="UnansweredSince">Since when it is known to give no answer; null until it was asked.</param>
internal sealed record BatchedSession(SessionId Id, DateTimeOffset? UnansweredSince = null)
{
    /// <summary>When it was taken in hand, which its command's id states; null where the program that took it did not note it.</summary>
    public DateTimeOffset? TakenAt { get; init; }
}
