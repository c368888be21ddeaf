using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// The events of one tenant's sessions, out of the log and as they come; see <see cref="GrainFactoryExtensions.GetLifecycleFeed"/> for
/// its key. It keeps nothing that is not in the log, so that any number of activations answer alike.
/// </summary>
[Alias("sessions.ILifecycleFeedGrain")]
public interface ILifecycleFeedGrain : IGrainWithStringKey
{
    /// <summary>Events after <paramref name="after"/>, as soon as there are any, or none after <paramref name="patience"/>.</summary>
    /// <param name="query">Which; of the feed's own tenant.</param>
    /// <param name="after">What has been read already; <see cref="EventCursor.End"/> is answered at once, with the end's cursor and no events.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="patience">How long to wait, 0 to 10 s; more is cut to that.</param>
    [Alias("Read"), AlwaysInterleave]
    ValueTask<EventPage> Read(EventQuery query, EventCursor after, int limit, TimeSpan patience);
}

/// <summary>The answer of a feed: a part of the log, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("sessions.EventPage")]
public sealed record EventPage
{
    /// <summary>In the order of the log; may be empty though more follow.</summary>
    [Id(0)]
    public ImmutableArray<LoggedEvent> Events { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Where to go on from.</summary>
    [Id(1)]
    public EventCursor Next { get; init; }

    /// <summary>Why the question was refused.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }
}
