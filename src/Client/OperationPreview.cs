using System.Collections.Immutable;

namespace Sessions.Client;

/// <summary>What an operation would mean if it were started now.</summary>
/// <param name="Query">The query, less the sessions that the verb could do nothing to.</param>
/// <param name="ByStatus">How many sessions of each state; states without any are left out.</param>
/// <param name="First">The first of them, at most 20, in the order in which they would be told.</param>
public sealed record OperationPreview(
    SessionQuery Query, ImmutableSortedDictionary<SessionStatus, long> ByStatus, ImmutableArray<SessionSnapshot> First)
{
    /// <summary>How many sessions.</summary>
    public long Total => ByStatus.Values.Sum();
}
