using System.Collections.Immutable;

namespace Sessions;

/// <summary>Finds sessions. Any silo answers, from what is committed; keyed 0.</summary>
[Alias("sessions.ISessionSearchGrain")]
public interface ISessionSearchGrain : IGrainWithIntegerKey
{
    /// <summary>One page of sessions.</summary>
    [Alias("List")]
    ValueTask<SessionPage> List(ListSessions request);

    /// <summary>Counts a part of the sessions that a query means, or all of them; see <see cref="SessionCount.Next"/>.</summary>
    [Alias("Count")]
    ValueTask<SessionCount> Count(CountSessions request);
}

/// <summary>Asks for a page of sessions.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ListSessions")]
public sealed record ListSessions
{
    /// <summary>Which sessions.</summary>
    [Id(0)]
    public SessionQuery Query { get; init => field = value ?? SessionQuery.All; } = SessionQuery.All;

    /// <summary>In which order.</summary>
    [Id(1)]
    public SessionOrder Order { get; init; } = SessionOrder.NewestFirst;

    /// <summary>How many at most, 1 to 1,000.</summary>
    [Id(2)]
    public int Limit { get; init; } = 50;

    /// <summary><see cref="SessionPage.Next"/> of the page before, of the same query in the same order; null for the first page.</summary>
    [Id(3)]
    public string? After { get; init; }
}

/// <summary>
/// A page of sessions. Going from page to page shows every session that the query means all the while exactly once, whatever comes and
/// goes in between; one that changes so that it is meant no more, or only now, may be shown or not. In an order that goes by ends, one
/// whose end moves meanwhile may also be shown twice.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionPage")]
public sealed record SessionPage
{
    /// <summary>
    /// The sessions, in order. May be fewer than were asked for, or none, though more follow: one question looks at a bounded part of
    /// what there is, so that it always has a quick answer.
    /// </summary>
    [Id(0)]
    public ImmutableArray<SessionSnapshot> Sessions { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Where to go on; null at the end.</summary>
    [Id(1)]
    public string? Next { get; init; }

    /// <summary>Why there is no page.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }
}

/// <summary>Asks how many sessions there are.</summary>
[GenerateSerializer, Immutable, Alias("sessions.CountSessions")]
public sealed record CountSessions
{
    /// <summary>Which sessions.</summary>
    [Id(0)]
    public SessionQuery Query { get; init => field = value ?? SessionQuery.All; } = SessionQuery.All;

    /// <summary><see cref="SessionCount.Next"/> of the part before, of the same query; null for the first part.</summary>
    [Id(1)]
    public string? After { get; init; }

    /// <summary>Whether to count by namespace too; see <see cref="SessionCount.ByNamespace"/>.</summary>
    [Id(2)]
    public bool ByNamespace { get; init; }
}

/// <summary>How many sessions there are, in a part of what there is.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionCount")]
public sealed record SessionCount
{
    /// <summary>In this part, by state; states without any are left out.</summary>
    [Id(0)]
    public ImmutableSortedDictionary<SessionStatus, long> ByStatus { get; init; } = ImmutableSortedDictionary<SessionStatus, long>.Empty;

    /// <summary>Where to go on; null when everything is counted.</summary>
    [Id(1)]
    public string? Next { get; init; }

    /// <summary>Why there is no count.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }

    /// <summary>
    /// Where that was asked for: the same, by the query's namespace itself and each one level below it, with all that is below that; of a
    /// query without a namespace, by tenant. In ordinal order; those without any are left out.
    /// </summary>
    [Id(3)]
    public ImmutableArray<NamespaceCount> ByNamespace { get => field.IsDefault ? [] : field; init; } = [];
}

/// <summary>How many sessions a namespace has.</summary>
/// <param name="Namespace">Which.</param>
/// <param name="ByStatus">How many of each state; states without any are left out.</param>
[GenerateSerializer, Immutable, Alias("sessions.NamespaceCount")]
public sealed record NamespaceCount(
    [property: Id(0)] SessionNamespace Namespace,
    [property: Id(1)] ImmutableSortedDictionary<SessionStatus, long> ByStatus);
