using static Sessions.Core.SessionTrigger;
using static Sessions.SessionStatus;

namespace Sessions.Core.Tests.Support;

/// <summary>The design's table of a session's life, copied by hand. It must never be derived from the code that it judges.</summary>
internal static class ExpectedTable
{
    public static readonly IReadOnlyList<Transition> Moves =
    [
        // – | request | Requested
        Move(null, SessionTrigger.Request, Requested),

        // Requested | cancel / deadline | Cancelled
        Move(Requested, Cancel, Cancelled),
        Move(Requested, DeadlinePassed, Cancelled),

        // – or Requested | create | Creating; without a provisioner Created at once
        Move(null, Create, Creating),
        Move(null, Create, Created),
        Move(Requested, Create, Creating),
        Move(Requested, Create, Created),

        // Creating | provisioned / failed | Created / Failed; the deadline fails it
        Move(Creating, Provisioned, Created),
        Move(Creating, ProvisioningFailed, Failed),
        Move(Creating, DeadlinePassed, Failed),

        // Created | activate | Activating; without a provisioner Active at once
        Move(Created, Activate, Activating),
        Move(Created, Activate, Active),

        // Activating | provisioned / failed | Active / Failed; the deadline fails it
        Move(Activating, Provisioned, Active),
        Move(Activating, ProvisioningFailed, Failed),
        Move(Activating, DeadlinePassed, Failed),

        // Active | pause | Paused; Paused | resume | Active
        Move(Active, Pause, Paused),
        Move(Paused, Resume, Active),

        // Created, Active, Paused | renew | same
        Move(Created, Renew, Created),
        Move(Active, Renew, Active),
        Move(Paused, Renew, Paused),

        // Created, Active, Paused | adjust | same
        Move(Created, Adjust, Created),
        Move(Active, Adjust, Active),
        Move(Paused, Adjust, Paused),

        // Active | open a child | same; whoever has children | a child has ended | same, or Closed where it waited for the last one
        Move(Active, OpenChild, Active),
        Move(Active, ChildEnded, Active),
        Move(Paused, ChildEnded, Paused),
        Move(Closing, ChildEnded, Closing),
        Move(Closing, ChildEnded, Closed),

        // Created, Active, Paused | a policy changed what it is bound to | same
        Move(Created, PolicyChanged, Created),
        Move(Active, PolicyChanged, Active),
        Move(Paused, PolicyChanged, Paused),
        Move(Created, EndNear, Created),
        Move(Active, EndNear, Active),
        Move(Paused, EndNear, Paused),

        // Created, Active, Paused | time is up | Closing; without a provisioner Closed at once
        Move(Created, TimeUp, Closing),
        Move(Active, TimeUp, Closing),
        Move(Paused, TimeUp, Closing),
        Move(Created, TimeUp, Closed),
        Move(Active, TimeUp, Closed),
        Move(Paused, TimeUp, Closed),

        // any live state | close | Closing; without a provisioner Closed at once, where none is being waited for
        Move(Creating, Close, Closing),
        Move(Created, Close, Closing),
        Move(Activating, Close, Closing),
        Move(Active, Close, Closing),
        Move(Paused, Close, Closing),
        Move(Created, Close, Closed),
        Move(Active, Close, Closed),
        Move(Paused, Close, Closed),

        // Closing | closed | Closed; the deadline closes it too, but for open children, which have deadlines of their own
        Move(Closing, Provisioned, Closed),
        Move(Closing, DeadlinePassed, Closing),
        Move(Closing, DeadlinePassed, Closed),
    ];

    private static Transition Move(SessionStatus? from, SessionTrigger trigger, SessionStatus to) => new(from, trigger, to);
}
