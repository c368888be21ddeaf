using System.Collections.Immutable;

namespace Sessions.Core.Search;

/// <summary>A page of sessions.</summary>
/// <param name="Sessions">In order; perhaps none, though more follow.</param>
/// <param name="Next">Where to go on; null at the end.</param>
internal sealed record SearchPage(ImmutableArray<SessionRecord> Sessions, SearchPosition? Next);
