using System.Collections.Immutable;

namespace Sessions;

/// <summary>
/// The one form in which a refusal or fault crosses the wire: a code and its data. Flat, so that an older client can still
/// read a newer silo's answer; the client library turns it into the exception of its code.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionError")]
public sealed record SessionError
{
    /// <summary>Why.</summary>
    [Id(0)]
    public SessionErrorCode Code { get; init; }

    /// <summary>Which session, where one is meant.</summary>
    [Id(1)]
    public SessionId? SessionId { get; init; }

    /// <summary>What happened, in one sentence for a person.</summary>
    [Id(2)]
    public string Message { get; init; } = "";

    /// <summary>The session's state; null where there is no session yet.</summary>
    [Id(3)]
    public SessionStatus? Status { get; init; }

    /// <summary>The command that was refused.</summary>
    [Id(4)]
    public SessionVerb? Verb { get; init; }

    /// <summary>What would be legal now.</summary>
    [Id(5)]
    public ImmutableArray<SessionVerb> Legal { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Everything that is wrong with what was stated.</summary>
    [Id(6)]
    public ImmutableArray<ConfigurationFault> Faults { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The version that the command expected.</summary>
    [Id(7)]
    public long? ExpectedVersion { get; init; }

    /// <summary>The version that the session has.</summary>
    [Id(8)]
    public long? ActualVersion { get; init; }

    /// <summary>When to try again.</summary>
    [Id(9)]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>When the session's time was up.</summary>
    [Id(10)]
    public DateTimeOffset? ExpiredAt { get; init; }

    /// <summary>Leads to the silo's log.</summary>
    [Id(11)]
    public string? Reference { get; init; }

    /// <summary>The quota's dimension, camelCase as in <see cref="SessionQuotas"/>.</summary>
    [Id(12)]
    public string? Dimension { get; init; }

    /// <summary>The quota's limit, in its own unit (milliseconds for times).</summary>
    [Id(13)]
    public long? Limit { get; init; }

    /// <summary>What is used of the quota, in its own unit.</summary>
    [Id(14)]
    public long? Used { get; init; }

    /// <summary>The rule that forbids it; for a permission that is denied, what is missing.</summary>
    [Id(15)]
    public string? Rule { get; init; }

    /// <summary>Whose policy refuses; null where no policy does.</summary>
    [Id(16)]
    public SessionNamespace? Namespace { get; init; }

    /// <summary>
    /// With <see cref="SessionErrorCode.Unavailable"/>: whether it is certain that nothing was changed. False where something may have been,
    /// and in every answer of a silo of release 0.1.
    /// </summary>
    [Id(17)]
    public bool NothingChanged { get; init; }

    /// <summary>The refusal of something that is not well-formed, with all its faults in one sentence.</summary>
    internal static SessionError InvalidConfiguration(
        SessionId? id, ImmutableArray<ConfigurationFault> faults, SessionVerb? verb = null) => new()
        {
            Code = SessionErrorCode.InvalidConfiguration,
            SessionId = id,
            Verb = verb,
            Faults = faults,
            Message = string.Join("; ", faults.Select(fault => $"{fault.Field} {fault.Problem}")) + ".",
        };
}
