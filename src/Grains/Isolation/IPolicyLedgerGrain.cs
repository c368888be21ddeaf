using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Sessions.Grains.Isolation;

/// <summary>How the policy grains of namespaces tell those above them who is live. Not for clients.</summary>
[Alias("sessions.IPolicyLedgerGrain")]
internal interface IPolicyLedgerGrain : IGrainWithStringKey
{
    /// <summary>Takes note of what sessions below have become.</summary>
    [Alias("Note"), AlwaysInterleave, OneWay]
    ValueTask Note(ImmutableArray<LiveNote> notes);

    /// <summary>How many sessions wait for a place.</summary>
    [Alias("CountWaiting"), AlwaysInterleave]
    ValueTask<long> CountWaiting();
}

/// <summary>What a session was after one of its events.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LiveNote")]
internal readonly record struct LiveNote([property: Id(0)] SessionId Session, [property: Id(1)] long Sequence, [property: Id(2)] bool IsLive);
