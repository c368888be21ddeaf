using Sessions.Core;

namespace Sessions.Grains.Session;

/// <summary>The session's row, as its grain keeps it for those who admit.</summary>
internal interface ISessionRow
{
    SessionId Id { get; }

    /// <summary>As committed; null where there is no session.</summary>
    SessionRecord? Record { get; }

    /// <summary>What the session's namespace lets executions do.</summary>
    SessionPermissions Policy { get; }

    /// <summary>Why nothing may be granted until the session is bound to what its policies say now; null while it is.</summary>
    SessionError? Unbound { get; }

    /// <summary>Decide and commit only inside a turn of this.</summary>
    CommitGate Gate { get; }

    /// <summary>Commits a change of usage or of the right to grant.</summary>
    /// <returns>False if another activation was there before; the record is read anew then.</returns>
    ValueTask<bool> TryCommit(SessionRecord next);

    /// <summary>Reads the row anew, and drops what another activation has taken.</summary>
    ValueTask Reload();

    /// <summary>Reads the row anew if what is held may not be what is committed.</summary>
    ValueTask ReloadIfInDoubt();
}
