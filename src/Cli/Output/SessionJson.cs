using System.Collections.Immutable;
using Sessions.Cli.Parsing;
using Sessions.Cli.Replay;

namespace Sessions.Cli.Output;

/// <summary>A session for machines. Every field is always there; null says unlimited, unset, or not yet.</summary>
internal sealed record SessionJson(
    SessionId Id,
    SessionAddress Address,
    SessionNamespace Namespace,
    Principal Creator,
    SessionStatus Status,
    long Version,
    TemplateReference? Template,
    DateTimeOffset RequestedAt,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ActivatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? IdleAt,
    DateTimeOffset? Deadline,
    DateTimeOffset? EndedAt,
    EndReason? EndReason,
    string? Failure,
    TimeSpan MaxDuration,
    string[] Permissions,
    ImmutableArray<string> FunctionPatterns,
    SessionQuotas Quotas,
    SettingsJson Settings,
    ImmutableSortedDictionary<string, string> Labels,
    UsageJson Usage,
    SessionCause? LastChange,
    SessionId? Parent,
    ImmutableArray<SessionId> Children)
{
    public static SessionJson Of(SessionSnapshot session) => new(
        session.Id,
        session.Address,
        session.Namespace,
        session.Creator,
        session.Status,
        session.Version,
        session.Template,
        session.RequestedAt,
        session.CreatedAt,
        session.ActivatedAt,
        session.ExpiresAt,
        session.IdleAt,
        session.Deadline,
        session.EndedAt,
        session.EndReason,
        session.Failure,
        session.Configuration.MaxDuration,
        PermissionText.Write(session.Configuration.Permissions),
        session.Configuration.FunctionPatterns,
        session.Configuration.Quotas,
        SettingsJson.Of(session.Configuration.Settings),
        session.Configuration.Labels,
        UsageJson.Of(session.Usage),
        session.LastChange,
        session.Parent,
        session.Children);
}

/// <summary>Settings, in the form of a template's file.</summary>
internal sealed record SettingsJson(
    bool AutoExpire, bool ExecutionLogging, bool PerformanceMonitoring, string PauseClock, TimeSpan? IdleTimeout, TimeSpan? ExpiryNotice)
{
    public static SettingsJson Of(SessionSettings settings) => new(
        settings.AutoExpire,
        settings.ExecutionLogging,
        settings.PerformanceMonitoring,
        PauseClockText.Write(settings.PauseClock),
        settings.IdleTimeout,
        settings.ExpiryNotice);
}

/// <summary>What a session has used. What it does not keep latencies of has none.</summary>
internal sealed record UsageJson(
    long Executions,
    long Succeeded,
    long Failed,
    long Cancelled,
    long Abandoned,
    TimeSpan ComputeTime,
    long DataBytes,
    long Children,
    DateTimeOffset? FirstActivityAt,
    DateTimeOffset? LastActivityAt,
    long LogDropped,
    LatencyJson? Latency,
    long Forfeited,
    TimeSpan ForfeitedComputeTime)
{
    public static UsageJson Of(SessionUsage usage) => new(
        usage.Executions,
        usage.Succeeded,
        usage.Failed,
        usage.Cancelled,
        usage.Abandoned,
        usage.ComputeTime,
        usage.DataBytes,
        usage.Children,
        usage.FirstActivityAt,
        usage.LastActivityAt,
        usage.LogDropped,
        usage.Latencies is { } latencies ? LatencyJson.Of(latencies) : null,
        usage.Forfeited,
        usage.ForfeitedComputeTime);
}

/// <summary>How long executions took, in milliseconds; each is the upper bound of a bucket a quarter wide.</summary>
internal sealed record LatencyJson(long Count, double P50Ms, double P90Ms, double P99Ms)
{
    public static LatencyJson Of(LatencyHistogram latencies) => new(
        latencies.Total,
        latencies.Percentile(0.50).TotalMilliseconds,
        latencies.Percentile(0.90).TotalMilliseconds,
        latencies.Percentile(0.99).TotalMilliseconds);
}
