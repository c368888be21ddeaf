using System.Collections.Immutable;

namespace Sessions;

/// <summary>Whether something may run now, and why or why not. Small on the wire; the trace is derived from it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.AdmissionDecision")]
public sealed record AdmissionDecision
{
    /// <summary>Which session.</summary>
    [Id(0)]
    public SessionId SessionId { get; init; }

    /// <summary>The version of the session that was judged; 0 where there is none.</summary>
    [Id(1)]
    public long Version { get; init; }

    /// <summary>Its state; Invalid where there is no such session.</summary>
    [Id(2)]
    public SessionStatus Status { get; init; }

    /// <summary>What its executions may do, the namespace's bounds included.</summary>
    [Id(3)]
    public SessionPermissions Permissions { get; init; }

    /// <summary>How long it may still run; null where its end is open.</summary>
    [Id(4)]
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>What is left of its quotas.</summary>
    [Id(5)]
    public QuotaMargins Left { get; init; }

    /// <summary>The step that refused; null if none did, and where the request was not well-formed, which is refused before any.</summary>
    [Id(6)]
    public AdmissionStep? RefusedAt { get; init; }

    /// <summary>Why it may not run; null if it may.</summary>
    [Id(7)]
    public SessionError? Refusal { get; init; }

    /// <summary>Whether it may run.</summary>
    public bool IsAdmitted => Refusal is null;

    /// <summary>Every step in the order of judging, up to the one that refused, with what was left.</summary>
    public ImmutableArray<AdmissionCheck> Trace => AdmissionRules.TraceOf(this);
}

/// <summary>One step of a decision.</summary>
/// <param name="Step">What was judged.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Margin">What was left, in words; null where nothing is measured.</param>
public sealed record AdmissionCheck(AdmissionStep Step, bool Passed, string? Margin);
