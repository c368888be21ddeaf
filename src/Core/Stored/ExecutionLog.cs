using System.Collections.Immutable;

namespace Sessions.Core.Stored;

/// <summary>What is kept of a session's executions, alike in every store.</summary>
internal static class ExecutionLog
{
    /// <summary>Those of a save that are not too many by themselves.</summary>
    public static ImmutableArray<ExecutionRecord> Newest(ImmutableArray<ExecutionRecord> executions) =>
        executions.Length <= SessionSave.ExecutionsKept ? executions : executions[^SessionSave.ExecutionsKept..];

    /// <summary>An instant in whole microseconds, as PostgreSQL keeps it.</summary>
    public static DateTimeOffset Stored(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerMicrosecond));
}
