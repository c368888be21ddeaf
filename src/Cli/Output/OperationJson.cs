using System.Collections.Immutable;

namespace Sessions.Cli.Output;

/// <summary>An operation over many sessions for machines. Every field is always there.</summary>
internal sealed record OperationJson(
    OperationId Id,
    SessionVerb Verb,
    OperationStatus Status,
    SessionQuery Query,
    long? Total,
    long Answered,
    long Done,
    long Skipped,
    long Refused,
    IEnumerable<OperationRefusalJson> Refusals,
    Principal Actor,
    string? Reason,
    DateTimeOffset StartedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? EndedAt,
    SessionCause? Cancellation,
    string? Obstacle)
{
    public static OperationJson Of(OperationSnapshot operation) => new(
        operation.Id,
        operation.Verb,
        operation.Status,
        operation.Query,
        operation.Total,
        operation.Answered,
        operation.Done,
        operation.Skipped,
        operation.Refused,
        operation.Refusals.Select(refusal => new OperationRefusalJson(refusal.SessionId, refusal.Code, refusal.Message)),
        operation.Actor,
        operation.Reason,
        operation.StartedAt,
        operation.UpdatedAt,
        operation.EndedAt,
        operation.Cancellation,
        operation.Obstacle);
}

/// <summary>Why one session refused.</summary>
internal sealed record OperationRefusalJson(SessionId? SessionId, SessionErrorCode Code, string Message);

/// <summary>Operations, latest first.</summary>
internal sealed record OperationsJson(SessionNamespace Namespace, IEnumerable<OperationJson> Operations);

/// <summary>What an operation would do: how many sessions of each state it means, and the first of them.</summary>
internal sealed record OperationPreviewJson(
    SessionVerb Verb, SessionQuery Query, ImmutableSortedDictionary<SessionStatus, long> Counts, long Total, IEnumerable<SessionId> First);
