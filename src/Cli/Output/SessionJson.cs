using System.Collections.Immutable;
using Sessions.Cli.Parsing;

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
    SessionUsage Usage,
    SessionCause? LastChange)
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
        session.Usage,
        session.LastChange);
}

/// <summary>Settings, in the form of a template's file.</summary>
internal sealed record SettingsJson(
    bool AutoExpire, bool ExecutionLogging, bool PerformanceMonitoring, string PauseClock, TimeSpan? IdleTimeout)
{
    public static SettingsJson Of(SessionSettings settings) => new(
        settings.AutoExpire,
        settings.ExecutionLogging,
        settings.PerformanceMonitoring,
        PauseClockText.Write(settings.PauseClock),
        settings.IdleTimeout);
}
