using System.Collections.Immutable;

namespace Sessions;

/// <summary>Something was refused or could not be done; the leaves carry what belongs to their code.</summary>
[GenerateSerializer, Alias("sessions.SessionException")]
public class SessionException : Exception
{
    /// <summary>Wraps <paramref name="error"/>; use <see cref="From"/> to get the leaf of its code.</summary>
    public SessionException(SessionError error, Exception? innerException = null)
        : base(error.Message, innerException) => Error = error;

    /// <summary>The refusal as it crossed the wire.</summary>
    [Id(0)]
    public SessionError Error { get; }

    /// <summary>Why.</summary>
    public SessionErrorCode Code => Error.Code;

    /// <summary>Which session, where one is meant.</summary>
    public SessionId? SessionId => Error.SessionId;

    /// <summary>The exception of the error's code; the base for a code that this version does not know.</summary>
    public static SessionException From(SessionError error, Exception? innerException = null) => error.Code switch
    {
        SessionErrorCode.SessionNotFound => new SessionNotFoundException(error, innerException),
        SessionErrorCode.SessionNotActive => new SessionNotActiveException(error, innerException),
        SessionErrorCode.SessionExpired => new SessionExpiredException(error, innerException),
        SessionErrorCode.PermissionDenied => new PermissionDeniedException(error, innerException),
        SessionErrorCode.InvalidConfiguration => new InvalidConfigurationException(error, innerException),
        SessionErrorCode.CreationFailed => new CreationFailedException(error, innerException),
        SessionErrorCode.ActivationFailed => new ActivationFailedException(error, innerException),
        SessionErrorCode.QuotaExceeded => new QuotaExceededException(error, innerException),
        SessionErrorCode.PolicyViolation => new PolicyViolationException(error, innerException),
        SessionErrorCode.InvalidTransition => new InvalidTransitionException(error, innerException),
        SessionErrorCode.CommandConflict => new CommandConflictException(error, innerException),
        SessionErrorCode.VersionConflict => new VersionConflictException(error, innerException),
        SessionErrorCode.Unauthenticated => new UnauthenticatedException(error, innerException),
        SessionErrorCode.Unavailable => new UnavailableException(error, innerException),
        SessionErrorCode.TemplateNotFound => new TemplateNotFoundException(error, innerException),
        SessionErrorCode.LeaseNotFound => new LeaseNotFoundException(error, innerException),
        SessionErrorCode.ExecutionNotFound => new ExecutionNotFoundException(error, innerException),
        SessionErrorCode.OperationNotFound => new OperationNotFoundException(error, innerException),
        SessionErrorCode.CommandTooOld => new CommandTooOldException(error, innerException),
        _ => new SessionException(error, innerException),
    };
}

/// <summary>No session has this id, or none that the caller may know of.</summary>
public sealed class SessionNotFoundException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>The session is in a state in which nothing may run.</summary>
public sealed class SessionNotActiveException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>The session's state.</summary>
    public SessionStatus? Status => Error.Status;
}

/// <summary>The session's time is up.</summary>
public sealed class SessionExpiredException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>When it was up.</summary>
    public DateTimeOffset? ExpiredAt => Error.ExpiredAt;
}

/// <summary>The session's permissions do not include this.</summary>
public sealed class PermissionDeniedException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>What was stated is not well-formed or goes beyond a ceiling.</summary>
public sealed class InvalidConfigurationException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>Everything that is wrong, not the first thing only.</summary>
    public ImmutableArray<ConfigurationFault> Faults => Error.Faults;
}

/// <summary>The session could not be created.</summary>
public sealed class CreationFailedException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>The session could not be activated.</summary>
public sealed class ActivationFailedException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>A quota is used up.</summary>
public sealed class QuotaExceededException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>Which quota, camelCase as in <see cref="SessionQuotas"/>.</summary>
    public string? Dimension => Error.Dimension;

    /// <summary>Its limit, in its own unit (milliseconds for times).</summary>
    public long? Limit => Error.Limit;

    /// <summary>What is used of it.</summary>
    public long? Used => Error.Used;

    /// <summary>When to try again; null if that would not help.</summary>
    public TimeSpan? RetryAfter => Error.RetryAfter;
}

/// <summary>A rule of the namespace forbids this.</summary>
public sealed class PolicyViolationException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>The rule.</summary>
    public string? Rule => Error.Rule;

    /// <summary>Whose policy it is; null where it is not a namespace's.</summary>
    public SessionNamespace? Namespace => Error.Namespace;

    /// <summary>When to try again; null if that would not help.</summary>
    public TimeSpan? RetryAfter => Error.RetryAfter;
}

/// <summary>The session's state does not allow this command.</summary>
public sealed class InvalidTransitionException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>The session's state.</summary>
    public SessionStatus? Status => Error.Status;

    /// <summary>The command.</summary>
    public SessionVerb? Verb => Error.Verb;

    /// <summary>What would be legal now.</summary>
    public ImmutableArray<SessionVerb> Legal => Error.Legal;
}

/// <summary>The command id, or the session id, was used for something else before.</summary>
public sealed class CommandConflictException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>The session is no longer at the version that the command expects.</summary>
public sealed class VersionConflictException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>The version that the command expected.</summary>
    public long? Expected => Error.ExpectedVersion;

    /// <summary>The version that the session has.</summary>
    public long? Actual => Error.ActualVersion;
}

/// <summary>The caller did not show who it is.</summary>
public sealed class UnauthenticatedException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>It could not be done now, or its outcome is not known; repeat it under the same command id.</summary>
public sealed class UnavailableException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>When to try again.</summary>
    public TimeSpan? RetryAfter => Error.RetryAfter;
}

/// <summary>No template has this name and version.</summary>
public sealed class TemplateNotFoundException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>There is no such lease, or it has run out, or it is somebody else's.</summary>
public sealed class LeaseNotFoundException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>No such execution runs: it never did, it is settled or abandoned, or it is somebody else's.</summary>
public sealed class ExecutionNotFoundException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>No operation has this id; or it has, and was forgotten a week after its end.</summary>
public sealed class OperationNotFoundException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException);

/// <summary>
/// The command is not known and was issued so long ago that its answer may be forgotten. It was not done now, and may have been before: read
/// the session and decide again.
/// </summary>
public sealed class CommandTooOldException(SessionError error, Exception? innerException = null)
    : SessionException(error, innerException)
{
    /// <summary>The version that the session has.</summary>
    public long? Actual => Error.ActualVersion;
}
