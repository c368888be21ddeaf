using System.Collections.Immutable;

namespace Sessions.Cli.Output;

/// <summary>An error as the tool shows it; what does not belong to its code is null.</summary>
internal sealed record ErrorReport
{
    public required string Code { get; init; }

    public required string Message { get; init; }

    /// <summary>What to do next.</summary>
    public string? Hint { get; init; }

    public SessionId? SessionId { get; init; }

    public SessionStatus? Status { get; init; }

    public SessionVerb? Verb { get; init; }

    public ImmutableArray<SessionVerb>? Legal { get; init; }

    public ImmutableArray<ConfigurationFault>? Faults { get; init; }

    public long? ExpectedVersion { get; init; }

    public long? ActualVersion { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public DateTimeOffset? ExpiredAt { get; init; }

    public string? Reference { get; init; }

    public string? Dimension { get; init; }

    public long? Limit { get; init; }

    public long? Used { get; init; }

    public string? Rule { get; init; }

    public SessionNamespace? Namespace { get; init; }

    /// <param name="error">What the cluster said.</param>
    /// <param name="isConnected">Whether a node has answered at all.</param>
    public static ErrorReport Of(SessionError error, bool isConnected = true) => new()
    {
        Code = error.Code.ToString(),
        Message = error.Message,
        Hint = HintFor(error, isConnected),
        SessionId = error.SessionId,
        Status = error.Status,
        Verb = error.Verb,
        Legal = error.Code == SessionErrorCode.InvalidTransition ? error.Legal : null,
        Faults = error.Faults.IsEmpty ? null : error.Faults,
        ExpectedVersion = error.ExpectedVersion,
        ActualVersion = error.ActualVersion,
        RetryAfter = error.RetryAfter,
        ExpiredAt = error.ExpiredAt,
        Reference = error.Reference,
        Dimension = error.Dimension,
        Limit = error.Limit,
        Used = error.Used,
        Rule = error.Rule,
        Namespace = error.Namespace,
    };

    public static ErrorReport Usage(string message, string command) => new()
    {
        Code = "Usage",
        Message = message,
        Hint = $"see '{command} --help'",
    };

    private static string? HintFor(SessionError error, bool isConnected) => error.Code switch
    {
        SessionErrorCode.SessionNotFound => "check the id, and with --gateway and --cluster-id that this is the right cluster",
        SessionErrorCode.OperationNotFound => "see 'sessions operations list NAMESPACE'",
        SessionErrorCode.TemplateNotFound => "see 'sessions template list', or set it with 'sessions template set NAME FILE.json'",
        SessionErrorCode.InvalidConfiguration => "correct what is named and try again; nothing was changed",
        SessionErrorCode.InvalidTransition when error.Legal.IsEmpty => "the session has ended; create another with 'sessions create'",
        SessionErrorCode.InvalidTransition =>
            $"now you can: {string.Join(", ", error.Legal.Select(CommandFor))} (see 'sessions get {error.SessionId}')",
        SessionErrorCode.SessionNotActive => error.Status switch
        {
            SessionStatus.Requested => $"confirm it with 'sessions confirm {error.SessionId}', and activate it",
            SessionStatus.Created => $"activate it with 'sessions activate {error.SessionId}'",
            SessionStatus.Paused => $"resume it with 'sessions resume {error.SessionId}'",
            SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed =>
                "the session has ended; create another with 'sessions create'",
            _ => $"see 'sessions get {error.SessionId}'",
        },
        SessionErrorCode.SessionExpired => $"renew it with 'sessions renew {error.SessionId} --by 1h', or close it",
        SessionErrorCode.CommandConflict when error.Verb is SessionVerb.Create or SessionVerb.Request or SessionVerb.OpenChild =>
            "leave --id out to get a new id, or state exactly what the session was made from",
        SessionErrorCode.CommandTooOld => $"see with 'sessions history {error.SessionId}' whether it was done, then run it again if not",
        SessionErrorCode.CommandConflict => $"see 'sessions get {error.SessionId}'",
        SessionErrorCode.VersionConflict when error.Verb is null => $"see 'sessions data list {error.SessionId}' and decide again",
        SessionErrorCode.VersionConflict => $"read it with 'sessions get {error.SessionId}' and decide again",
        SessionErrorCode.CreationFailed or SessionErrorCode.ActivationFailed => "see to its provisioner, then create another session",
        SessionErrorCode.PolicyViolation when error.Dimension == "liveSessions" =>
            "close another session; where the policy has a queue, 'sessions activate ID --wait 10m' waits for a place",
        SessionErrorCode.PolicyViolation when error.Dimension == "waiting" => "try again later",
        SessionErrorCode.QuotaExceeded or SessionErrorCode.PolicyViolation or SessionErrorCode.PermissionDenied =>
            "ask for less, or ask whoever sets the limits",
        SessionErrorCode.Unauthenticated => "state who you are",
        SessionErrorCode.Unavailable when error is { Verb: SessionVerb.Create or SessionVerb.Request, SessionId: { } id } =>
            $"see 'sessions get {id}'; to repeat it safely, run it again with --id {id}",
        SessionErrorCode.Unavailable when error is { Verb: not null, SessionId: { } id } =>
            $"see with 'sessions get {id}' whether it was done, then run it again if not",
        SessionErrorCode.Unavailable when isConnected => "a node answers; see to what the message names and try again, or wait longer with --timeout",
        SessionErrorCode.Unavailable => "start a silo, or name one with --gateway HOST:PORT; --verbose shows what was tried",
        SessionErrorCode.Internal when error.Reference is { } reference => $"look for {reference} in the silo's log",
        _ => null,
    };

    /// <summary>The command that does this.</summary>
    private static string CommandFor(SessionVerb verb) => verb switch
    {
        SessionVerb.Create => "confirm",
        SessionVerb.OpenChild => "create --parent",
        _ => verb.ToString().ToLowerInvariant(),
    };
}
