namespace Sessions;

/// <summary>What can be done to a session.</summary>
[GenerateSerializer, Alias("sessions.SessionVerb")]
public enum SessionVerb : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Reserve.</summary>
    Request = 1,

    /// <summary>Create.</summary>
    Create = 2,

    /// <summary>Give a reservation up.</summary>
    Cancel = 3,

    /// <summary>Let executions begin.</summary>
    Activate = 4,

    /// <summary>Stop executions.</summary>
    Pause = 5,

    /// <summary>Let executions go on.</summary>
    Resume = 6,

    /// <summary>Move the end.</summary>
    Renew = 7,

    /// <summary>End.</summary>
    Close = 8,

    /// <summary>Change what it may do and use.</summary>
    Adjust = 9,

    /// <summary>Not used any more; answers that were recorded under it can still be read.</summary>
    Charge = 10,

    /// <summary>Open a child session.</summary>
    OpenChild = 11,
}
