using Sessions.Core.Admission;

namespace Sessions.Core.Isolation;

/// <summary>A session that waits for a place.</summary>
internal sealed class Waiter(SessionId session, Principal creator, ActivateSession command, DateTimeOffset since, DateTimeOffset deadline)
{
    /// <summary>
    /// How much longer than it keeps its turn a caller that is not heard of keeps its place. Who comes later enters again with its ticket,
    /// and stands where it stood.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public SessionId Session { get; } = session;

    /// <summary>Between whom places go in turns.</summary>
    public Principal Creator { get; } = creator;

    /// <summary>What activates it when its turn has come.</summary>
    public ActivateSession Command { get; internal set; } = command;

    /// <summary>When it began to wait, here or wherever it waited before.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>Until when it waits.</summary>
    public DateTimeOffset Deadline { get; internal set; } = deadline;

    /// <summary>Whether a place is kept for it until its caller confirms by asking again.</summary>
    public bool IsOffered { get; internal set; }

    /// <summary>Whether its caller has confirmed, and what becomes of it is not known yet.</summary>
    public bool IsCalled { get; internal set; }

    /// <summary>Whether its caller has gone while it was called.</summary>
    internal bool IsLeaving { get; set; }

    /// <summary>Until when, in monotonic milliseconds, others pass it, because it could not be reached.</summary>
    internal long RestsUntil { get; set; } = long.MinValue;

    /// <summary>Until when, in monotonic milliseconds, a place is kept for it.</summary>
    internal long OfferedUntil { get; set; }

    /// <summary>Until when, in monotonic milliseconds, its caller counts as present. Others pass it from then on.</summary>
    internal long PresentUntil { get; set; }

    /// <summary>Until when, in monotonic milliseconds, it keeps its place without being asked for.</summary>
    internal long ExpectedUntil { get; private set; }

    /// <summary>The caller has asked, and will ask again after <paramref name="patience"/>, or not much later.</summary>
    internal void Expect(TimeSpan patience, TimeSpan confirmation, Moment now)
    {
        PresentUntil = now.Milliseconds + (long)(patience + confirmation).TotalMilliseconds;
        ExpectedUntil = PresentUntil + (long)Grace.TotalMilliseconds;
        IsLeaving = false;
    }
}

/// <summary>What became of entering a line.</summary>
internal enum QueueEntrance
{
    /// <summary>It stands in the line now.</summary>
    Entered,

    /// <summary>It stood in the line already.</summary>
    Found,

    /// <summary>It stood there under another command, which has lost the place to this one.</summary>
    TakenOver,

    /// <summary>It is called under another command at this moment, and nobody can say what that leaves.</summary>
    Busy,

    /// <summary>As many wait as may.</summary>
    Full,
}
