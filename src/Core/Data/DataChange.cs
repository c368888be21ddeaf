namespace Sessions.Core.Data;

/// <summary>What became of a write.</summary>
internal enum DataOutcome
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>It is written, now or by the same write before.</summary>
    Written = 1,

    /// <summary>There is no such session.</summary>
    NoSession = 2,

    /// <summary>The session's state takes no writes.</summary>
    NotOpen = 3,

    /// <summary>The value has another version than the expected one.</summary>
    Conflict = 4,

    /// <summary>It would go beyond the session's limit.</summary>
    Full = 5,

    /// <summary>It may be a repetition of a write that is forgotten.</summary>
    TooOld = 6,

    /// <summary>Its id was used for another write.</summary>
    Reused = 7,
}

/// <summary>What became of a write, and how the session's data stands.</summary>
/// <param name="Outcome">Whether it is written, or why not.</param>
/// <param name="Version">Written: the version that the write made. Otherwise the version that the value has; 0 if there is none.</param>
/// <param name="DataVersion">The newest version of the session's data.</param>
/// <param name="Bytes">What keys and values take.</param>
/// <param name="Limit">What they may take.</param>
/// <param name="Status">The session's state.</param>
internal sealed record DataChange(DataOutcome Outcome, long Version, long DataVersion, long Bytes, long Limit, SessionStatus Status)
{
    internal static readonly DataChange NoSession = new(DataOutcome.NoSession, 0, 0, 0, 0, SessionStatus.Invalid);
}
