using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>One session with its events, executions and data.</summary>
internal sealed class MemoryEntry
{
    public SessionRecord Record { get; set; } = null!;

    public List<SessionEvent> Events { get; } = [];

    public List<ExecutionRecord> Executions { get; } = [];

    public DateTimeOffset? DueAt { get; set; }

    public DataRoom Data { get; } = new();

    /// <summary>The record with the size of its data, which is changed beside it.</summary>
    public SessionRecord Read() => Data.Overlay(Record);

    public void Log(ImmutableArray<ExecutionRecord> executions)
    {
        Executions.AddRange(ExecutionLog.Newest(executions)
            .Select(execution => execution with { StartedAt = ExecutionLog.Stored(execution.StartedAt) }));
        Executions.RemoveRange(0, Math.Max(0, Executions.Count - SessionSave.ExecutionsKept));
    }
}
