namespace Sessions.Core.Ownership;

/// <summary>What a look at the store says about what an activation holds.</summary>
internal enum LookOutcome
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>The store held the same when the look was sent, or later.</summary>
    Current = 1,

    /// <summary>Somebody else has changed the session, or its row is gone: it has to be read anew.</summary>
    Changed = 2,

    /// <summary>The activation has committed or read while the look was on its way, so that the two cannot be compared: look again.</summary>
    Undecided = 3,
}
