using System.Collections.Immutable;

namespace Sessions;

/// <summary>One execution as the log keeps it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionRecord")]
public sealed record ExecutionRecord
{
    /// <summary>Counts the session's logged executions from 1, in the order in which their ends became known; 0 before it is logged.</summary>
    [Id(0)]
    public long Sequence { get; init; }

    /// <summary>What ran.</summary>
    [Id(1)]
    public FunctionName Function { get; init; }

    /// <summary>When it was admitted, by its holder's clock.</summary>
    [Id(2)]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it ran.</summary>
    [Id(3)]
    public TimeSpan Duration { get; init; }

    /// <summary>How it ended.</summary>
    [Id(4)]
    public ExecutionOutcome Outcome { get; init; }

    /// <summary>In how many others it nested.</summary>
    [Id(5)]
    public int Depth { get; init; }
}

/// <summary>The answer to a question for logged executions.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionPage")]
public sealed record ExecutionPage
{
    /// <summary>The executions, by sequence; empty when nothing follows.</summary>
    [Id(0)]
    public ImmutableArray<ExecutionRecord> Executions { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Why the question was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }
}
