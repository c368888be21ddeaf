using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>
/// What the rules make of a command or an occurrence: a change to commit, a refusal, a recorded answer, or nothing at all.
/// </summary>
internal sealed record Decision
{
    /// <summary>The whole next state, to be committed with <see cref="Events"/>; null if nothing changes.</summary>
    public SessionRecord? Next { get; private init; }

    /// <summary>What is logged with the change.</summary>
    public ImmutableArray<SessionEvent> Events { get; private init; } = [];

    /// <summary>Why the command is refused.</summary>
    public SessionError? Refusal { get; private init; }

    /// <summary>The version that a command made when it was done before; null if this is no repetition.</summary>
    public long? ReplayOf { get; private init; }

    /// <summary>The version whose answer the change takes back; 0 for none.</summary>
    public long TakesBack { get; init; }

    /// <summary>Whether nothing is decided before it is known what the store keeps of the command's answer.</summary>
    public bool NeedsAnswer => ReferenceEquals(this, FindAnswer);

    /// <summary>Whether it says something of the session without changing it, which only a state that is current may.</summary>
    public bool IsAnswer => Refusal is not null || ReplayOf is not null;

    /// <summary>Nothing to do.</summary>
    public static Decision None { get; } = new();

    /// <summary>The answer to the command may be kept beside the record: decide again with <see cref="DecisionFacts.Found"/>.</summary>
    public static Decision FindAnswer { get; } = new();

    internal static Decision Commit(SessionRecord next, ImmutableArray<SessionEvent> events) => new() { Next = next, Events = events };

    internal static Decision Refuse(SessionError refusal) => new() { Refusal = refusal };

    internal static Decision Replay(long version) => new() { ReplayOf = version };
}

/// <summary>What the rules need to know beside record and command. Fetched by the grain, so that the rules stay pure.</summary>
internal sealed record DecisionFacts
{
    /// <summary>The moment of deciding.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The most that the namespace permits, of the session that is decided upon or of the one that it is to open.</summary>
    public SessionCeiling NamespaceCeiling { get; init; } = SessionCeiling.None;

    /// <summary>What policies say about the session's namespace, and so is in <see cref="NamespaceCeiling"/> already; null where none was asked.</summary>
    public EffectivePolicy? Policy { get; init; }

    /// <summary>The template that the specification names, as found.</summary>
    public SessionTemplate? Template { get; init; }

    /// <summary>Whether the silo has the provisioner that the template names.</summary>
    public bool ProvisionerKnown { get; init; } = true;

    /// <summary>What runs now holds of the quotas, or may still use.</summary>
    public Outstanding Outstanding { get; init; }

    /// <summary>What the store keeps of the command's answer beside the record; null until somebody has looked.</summary>
    public FoundAnswer? Found { get; init; }

    /// <summary>How long things may take.</summary>
    public SessionTimings Timings { get; init; } = SessionTimings.Default;
}

/// <summary>What is held by executions that run now, as known exactly once the session is fenced. The record does not say it.</summary>
/// <param name="Concurrent">How many run.</param>
/// <param name="ComputeTime">How much compute time they may still use.</param>
internal readonly record struct Outstanding(long Concurrent, TimeSpan ComputeTime);

/// <summary>How long the waiting states may last.</summary>
internal sealed record SessionTimings
{
    /// <summary>The defaults.</summary>
    public static readonly SessionTimings Default = new();

    /// <summary>A reservation that states no deadline; default 1 min.</summary>
    public TimeSpan RequestDeadline { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest deadline that a reservation may state; 1 day.</summary>
    public TimeSpan MaxRequestDeadline { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Creating and Activating; default 5 min.</summary>
    public TimeSpan ProvisioningDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Closing; default 5 min.</summary>
    public TimeSpan ClosingDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long answers are kept, however many there are; default 5 min.</summary>
    public TimeSpan AnswerWindow { get; init; } = TimeSpan.FromMinutes(5);
}
