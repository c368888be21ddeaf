namespace Sessions;

/// <summary>Why something was refused or could not be done.</summary>
[GenerateSerializer, Alias("sessions.SessionErrorCode")]
public enum SessionErrorCode : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>No session has this id, or none that the caller may know of.</summary>
    SessionNotFound = 1,

    /// <summary>The session is in a state in which nothing may run.</summary>
    SessionNotActive = 2,

    /// <summary>The session's time is up.</summary>
    SessionExpired = 3,

    /// <summary>The session's permissions do not include this.</summary>
    PermissionDenied = 4,

    /// <summary>What was stated is not well-formed or goes beyond a ceiling.</summary>
    InvalidConfiguration = 5,

    /// <summary>The session could not be created.</summary>
    CreationFailed = 6,

    /// <summary>The session could not be activated.</summary>
    ActivationFailed = 7,

    /// <summary>A quota is used up.</summary>
    QuotaExceeded = 8,

    /// <summary>A rule of the namespace forbids this.</summary>
    PolicyViolation = 9,

    /// <summary>The session's state does not allow this command.</summary>
    InvalidTransition = 10,

    /// <summary>The command id, or the session id, was used for something else before.</summary>
    CommandConflict = 11,

    /// <summary>The session is no longer at the version that the command expects.</summary>
    VersionConflict = 12,

    /// <summary>The caller did not show who it is.</summary>
    Unauthenticated = 13,

    /// <summary>It could not be done now, or its outcome is not known; repeat it under the same command id.</summary>
    Unavailable = 14,

    /// <summary>A fault of the system; the reference leads to its log.</summary>
    Internal = 15,

    /// <summary>No template has this name and version.</summary>
    TemplateNotFound = 16,

    /// <summary>There is no such lease, or it has run out, or it is somebody else's.</summary>
    LeaseNotFound = 17,

    /// <summary>No such execution runs: it never did, it is settled or abandoned, or it is somebody else's.</summary>
    ExecutionNotFound = 18,

    /// <summary>No operation has this id; or it has, and was forgotten a week after its end.</summary>
    OperationNotFound = 19,

    /// <summary>
    /// The command is not known and was issued so long ago that its answer may be forgotten. It was not done now, and may have been before.
    /// </summary>
    CommandTooOld = 20,
}
