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

    /// <summary>The answers that are kept beside the record.</summary>
    public Dictionary<CommandId, RecordedAnswer> Answers { get; } = [];

    public DateTimeOffset? DueAt { get; set; }

    public DataRoom Data { get; } = new();

    /// <summary>The record with the size of its data, which is changed beside it.</summary>
    public SessionRecord Read() => Data.Overlay(Record);

    public void Keep(AnswerChanges changes)
    {
        foreach (var answer in Answers.Values
            .Where(answer => answer.Version <= changes.ForgottenUpTo || answer.Version == changes.TakenBack)
            .ToArray())
        {
            Answers.Remove(answer.CommandId);
        }

        foreach (var answer in changes.Kept)
        {
            Answers[answer.CommandId] = answer;
        }
    }

    public void Log(ImmutableArray<ExecutionRecord> executions)
    {
        Executions.AddRange(ExecutionLog.Newest(executions)
            .Select(execution => execution with { StartedAt = ExecutionLog.Stored(execution.StartedAt) }));
        Executions.RemoveRange(0, Math.Max(0, Executions.Count - SessionSave.ExecutionsKept));
    }
}
