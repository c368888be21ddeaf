using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Sessions;

/// <summary>One session's own log, keyed like <see cref="ISessionGrain"/>.</summary>
[Alias("sessions.ISessionLogGrain")]
public interface ISessionLogGrain : IGrainWithStringKey
{
    /// <summary>Events after <paramref name="afterSequence"/>, as soon as there are any, or none after <paramref name="patience"/>.</summary>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="patience">How long to wait, 0 to 10 s; more is cut to that.</param>
    [Alias("ReadLog"), AlwaysInterleave]
    ValueTask<SessionLogPage> ReadLog(long afterSequence, int limit, TimeSpan patience);
}

/// <summary>A part of one session's log, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionLogPage")]
public sealed record SessionLogPage
{
    /// <summary>In the order of their sequences.</summary>
    [Id(0)]
    public ImmutableArray<SessionEvent> Events { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Whether the session has ended and nothing follows.</summary>
    [Id(1)]
    public bool Ended { get; init; }

    /// <summary>Why the question was refused.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }
}
