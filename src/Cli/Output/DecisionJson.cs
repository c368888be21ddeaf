using System.Collections.Immutable;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Output;

/// <summary>A decision for machines, always with its trace. Every field is always there; null says unlimited, open, or not refused.</summary>
internal sealed record DecisionJson(
    SessionId SessionId,
    FunctionName Function,
    bool Allowed,
    SessionStatus Status,
    long Version,
    string[] Permissions,
    TimeSpan? TimeLeft,
    QuotaMargins Left,
    AdmissionStep? RefusedAt,
    ErrorReport? Refusal,
    ImmutableArray<AdmissionCheck> Trace)
{
    public static DecisionJson Of(FunctionName function, AdmissionDecision decision) => new(
        decision.SessionId,
        function,
        decision.IsAdmitted,
        decision.Status,
        decision.Version,
        PermissionText.Write(decision.Permissions),
        decision.TimeLeft,
        decision.Left,
        decision.RefusedAt,
        decision.Refusal is { } refusal ? ErrorReport.Of(refusal) : null,
        decision.Trace);
}

/// <summary>Logged executions for machines.</summary>
internal sealed record ExecutionsJson(SessionId SessionId, IReadOnlyList<ExecutionRecord> Executions);
