using System.Collections.Immutable;

namespace Sessions.Testing;

/// <summary>Configurations of sessions for tests: each differs from the defaults in what its name says.</summary>
public static class SampleConfigurations
{
    /// <summary>Runs functions for ten minutes, without quotas.</summary>
    public static SessionConfiguration Minimal { get; } = SessionConfiguration.Default with
    {
        MaxDuration = TimeSpan.FromMinutes(10),
        Permissions = SessionPermissions.ExecuteFunctions,
    };

    /// <summary>
    /// A person's notebook: eight hours, closed after half an hour without use, four executions at a time, 16 MiB of data, and a log of
    /// what ran.
    /// </summary>
    public static SessionConfiguration Notebook { get; } = SessionConfiguration.Default with
    {
        MaxDuration = TimeSpan.FromHours(8),
        Permissions = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions,
        Quotas = new SessionQuotas { Concurrent = 4, DataBytes = 16 * 1024 * 1024 },
        Settings = SessionSettings.Default with
        {
            IdleTimeout = TimeSpan.FromMinutes(30),
            ExpiryNotice = TimeSpan.FromMinutes(5),
            ExecutionLogging = true,
            PauseClock = PauseClock.Stops,
        },
        Labels = Labels(("kind", "notebook")),
    };

    /// <summary>
    /// A batch evaluation: one hour, 1,000 executions, 16 at a time and 50 a second, ten minutes of compute time, eight children, and only
    /// functions <c>eval.*</c>.
    /// </summary>
    public static SessionConfiguration Evaluation { get; } = SessionConfiguration.Default with
    {
        MaxDuration = TimeSpan.FromHours(1),
        Permissions = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions,
        FunctionPatterns = ["eval.*"],
        Quotas = new SessionQuotas
        {
            Executions = 1_000,
            Concurrent = 16,
            PerSecond = 50,
            ComputeTime = TimeSpan.FromMinutes(10),
            Children = 8,
        },
        Settings = SessionSettings.Default with { ExecutionLogging = true, PerformanceMonitoring = true },
        Labels = Labels(("kind", "evaluation")),
    };

    private static ImmutableSortedDictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.ToImmutableSortedDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal);
}
