using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>What moves a session: a caller's verb, or something that happens by itself.</summary>
internal enum SessionTrigger : byte
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <inheritdoc cref="SessionVerb.Request"/>
    Request = SessionVerb.Request,

    /// <inheritdoc cref="SessionVerb.Create"/>
    Create = SessionVerb.Create,

    /// <inheritdoc cref="SessionVerb.Cancel"/>
    Cancel = SessionVerb.Cancel,

    /// <inheritdoc cref="SessionVerb.Activate"/>
    Activate = SessionVerb.Activate,

    /// <inheritdoc cref="SessionVerb.Pause"/>
    Pause = SessionVerb.Pause,

    /// <inheritdoc cref="SessionVerb.Resume"/>
    Resume = SessionVerb.Resume,

    /// <inheritdoc cref="SessionVerb.Renew"/>
    Renew = SessionVerb.Renew,

    /// <inheritdoc cref="SessionVerb.Close"/>
    Close = SessionVerb.Close,

    /// <inheritdoc cref="SessionVerb.Adjust"/>
    Adjust = SessionVerb.Adjust,

    /// <inheritdoc cref="SessionVerb.OpenChild"/>
    OpenChild = SessionVerb.OpenChild,

    /// <summary>The provisioner did what the state waits for.</summary>
    Provisioned = 100,

    /// <summary>The provisioner could not do what the state waits for.</summary>
    ProvisioningFailed = 101,

    /// <summary>The deadline of a reservation or of a transitional state passed.</summary>
    DeadlinePassed = 102,

    /// <summary>The session's duration, or its idle time, is over.</summary>
    TimeUp = 103,

    /// <summary>A child has ended, or could not be created.</summary>
    ChildEnded = 104,

    /// <summary>What policies say about the session's namespace changed, and with it what the session may do or use.</summary>
    PolicyChanged = 105,

    /// <summary>The end of the session's duration is near, and notice is given of it.</summary>
    EndNear = 106,
}

/// <summary>One legal move.</summary>
/// <param name="From">The state before; null where there is no session yet.</param>
/// <param name="Trigger">What moves it.</param>
/// <param name="To">The state after.</param>
internal readonly record struct Transition(SessionStatus? From, SessionTrigger Trigger, SessionStatus To);

/// <summary>
/// Every legal move of a session, and nothing else. Where a verb has two targets, the first is for sessions that have to wait, for a
/// provisioner or for open children; the second for all others, which skip the waiting state in the same commit.
/// </summary>
internal static class Lifecycle
{
    private const SessionStatus Requested = SessionStatus.Requested;
    private const SessionStatus Creating = SessionStatus.Creating;
    private const SessionStatus Created = SessionStatus.Created;
    private const SessionStatus Activating = SessionStatus.Activating;
    private const SessionStatus Active = SessionStatus.Active;
    private const SessionStatus Paused = SessionStatus.Paused;
    private const SessionStatus Closing = SessionStatus.Closing;
    private const SessionStatus Closed = SessionStatus.Closed;
    private const SessionStatus Cancelled = SessionStatus.Cancelled;
    private const SessionStatus Failed = SessionStatus.Failed;

    /// <summary>The whole table.</summary>
    public static ImmutableArray<Transition> Transitions { get; } =
    [
        new(null, SessionTrigger.Request, Requested),
        new(Requested, SessionTrigger.Cancel, Cancelled),
        new(Requested, SessionTrigger.DeadlinePassed, Cancelled),

        new(null, SessionTrigger.Create, Creating),
        new(null, SessionTrigger.Create, Created),
        new(Requested, SessionTrigger.Create, Creating),
        new(Requested, SessionTrigger.Create, Created),
        new(Creating, SessionTrigger.Provisioned, Created),
        new(Creating, SessionTrigger.ProvisioningFailed, Failed),
        new(Creating, SessionTrigger.DeadlinePassed, Failed),

        new(Created, SessionTrigger.Activate, Activating),
        new(Created, SessionTrigger.Activate, Active),
        new(Activating, SessionTrigger.Provisioned, Active),
        new(Activating, SessionTrigger.ProvisioningFailed, Failed),
        new(Activating, SessionTrigger.DeadlinePassed, Failed),

        new(Active, SessionTrigger.Pause, Paused),
        new(Paused, SessionTrigger.Resume, Active),

        new(Created, SessionTrigger.Renew, Created),
        new(Active, SessionTrigger.Renew, Active),
        new(Paused, SessionTrigger.Renew, Paused),

        new(Created, SessionTrigger.Adjust, Created),
        new(Active, SessionTrigger.Adjust, Active),
        new(Paused, SessionTrigger.Adjust, Paused),

        new(Active, SessionTrigger.OpenChild, Active),
        new(Active, SessionTrigger.ChildEnded, Active),
        new(Paused, SessionTrigger.ChildEnded, Paused),

        new(Created, SessionTrigger.PolicyChanged, Created),
        new(Active, SessionTrigger.PolicyChanged, Active),
        new(Paused, SessionTrigger.PolicyChanged, Paused),

        new(Created, SessionTrigger.EndNear, Created),
        new(Active, SessionTrigger.EndNear, Active),
        new(Paused, SessionTrigger.EndNear, Paused),

        new(Created, SessionTrigger.TimeUp, Closing),
        new(Created, SessionTrigger.TimeUp, Closed),
        new(Active, SessionTrigger.TimeUp, Closing),
        new(Active, SessionTrigger.TimeUp, Closed),
        new(Paused, SessionTrigger.TimeUp, Closing),
        new(Paused, SessionTrigger.TimeUp, Closed),

        new(Creating, SessionTrigger.Close, Closing),
        new(Created, SessionTrigger.Close, Closing),
        new(Created, SessionTrigger.Close, Closed),
        new(Activating, SessionTrigger.Close, Closing),
        new(Active, SessionTrigger.Close, Closing),
        new(Active, SessionTrigger.Close, Closed),
        new(Paused, SessionTrigger.Close, Closing),
        new(Paused, SessionTrigger.Close, Closed),
        new(Closing, SessionTrigger.ChildEnded, Closing),
        new(Closing, SessionTrigger.ChildEnded, Closed),
        new(Closing, SessionTrigger.Provisioned, Closed),
        new(Closing, SessionTrigger.DeadlinePassed, Closing),
        new(Closing, SessionTrigger.DeadlinePassed, Closed),
    ];

    private static readonly FrozenSet<Transition> Moves = Transitions.ToFrozenSet();

    private static readonly ImmutableArray<SessionVerb> LegalFromNothing = VerbsFrom(null);

    private static readonly FrozenDictionary<SessionStatus, ImmutableArray<SessionVerb>> LegalVerbs =
        Enum.GetValues<SessionStatus>().ToFrozenDictionary(status => status, status => VerbsFrom(status));

    /// <summary>The verbs that a caller may use in <paramref name="status"/>; null stands for no session yet.</summary>
    public static ImmutableArray<SessionVerb> LegalIn(SessionStatus? status) =>
        status is { } s ? LegalVerbs[s] : LegalFromNothing;

    /// <summary>Whether the table has this very move.</summary>
    public static bool Allows(SessionStatus? from, SessionTrigger trigger, SessionStatus to) => Moves.Contains(new(from, trigger, to));

    /// <summary>Whether nothing moves a session from here any more.</summary>
    public static bool IsFinal(SessionStatus status) => status is Closed or Cancelled or Failed;

    private static ImmutableArray<SessionVerb> VerbsFrom(SessionStatus? status) =>
        [.. Transitions
            .Where(move => move.From == status && move.Trigger < SessionTrigger.Provisioned)
            .Select(move => (SessionVerb)move.Trigger)
            .Distinct()
            .Order()];
}
