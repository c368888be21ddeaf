namespace Sessions;

/// <summary>Where a session stands in its life.</summary>
[GenerateSerializer, Alias("sessions.SessionStatus")]
public enum SessionStatus : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Reserved, until its deadline.</summary>
    Requested = 1,

    /// <summary>Its provisioner prepares it.</summary>
    Creating = 2,

    /// <summary>Ready to be activated.</summary>
    Created = 3,

    /// <summary>Its provisioner activates it.</summary>
    Activating = 4,

    /// <summary>Executions may run.</summary>
    Active = 5,

    /// <summary>Executions may not run for now.</summary>
    Paused = 6,

    /// <summary>It is being torn down.</summary>
    Closing = 7,

    /// <summary>Final: ended after a life.</summary>
    Closed = 8,

    /// <summary>Final: the reservation was given up.</summary>
    Cancelled = 9,

    /// <summary>Final: it could not be created or activated.</summary>
    Failed = 10,
}

/// <summary>Why a session ended, or is ending.</summary>
[GenerateSerializer, Alias("sessions.EndReason")]
public enum EndReason : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Somebody closed or cancelled it.</summary>
    Asked = 1,

    /// <summary>Its duration was over.</summary>
    Expired = 2,

    /// <summary>It was idle for too long.</summary>
    Idle = 3,

    /// <summary>A reservation's deadline passed.</summary>
    DeadlinePassed = 4,

    /// <summary>Its provisioner could not create it.</summary>
    CreationFailed = 5,

    /// <summary>Its provisioner could not activate it.</summary>
    ActivationFailed = 6,

    /// <summary>The session that opened it ended.</summary>
    ParentEnded = 7,
}
