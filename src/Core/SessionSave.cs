using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>A record with the events that led to it since the version before.</summary>
/// <param name="Record">The session at its new version.</param>
/// <param name="Events">Its newest events, the last one at <see cref="SessionRecord.LastSequence"/>.</param>
internal sealed record SessionSave(SessionRecord Record, ImmutableArray<SessionEvent> Events)
{
    /// <summary>How many logged executions of a session are kept.</summary>
    public const int ExecutionsKept = 1000;

    /// <summary>By how much the save changes the number of live sessions: 1 where it makes one live, −1 where it ends one, else 0.</summary>
    public int LiveChange { get; init; }

    /// <summary>What becomes of answers beside the record.</summary>
    public AnswerChanges Answers { get; init; } = AnswerChanges.None;

    /// <summary>Its newest logged executions, the last one at <see cref="SessionRecord.LastExecution"/>; older ones beyond <see cref="ExecutionsKept"/> go.</summary>
    public ImmutableArray<ExecutionRecord> Executions { get; init; } = [];
}
