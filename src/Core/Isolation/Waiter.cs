using Sessions.Core.Admission;

namespace Sessions.Core.Isolation;

/// <summary>A session that waits for a place.</summary>
internal sealed class Waiter(SessionId session, Principal creator, ActivateSession command, DateTimeOffset since, DateTimeOffset deadline)
{
    /// <summary>How much later than expected a caller may ask again before it counts as gone. Who comes later enters again, and loses little.</summary>
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

    /// <summary>Whether its turn has come, and what becomes of it is not known yet.</summary>
    public bool IsCalled { get; internal set; }

    /// <summary>Whether its caller has gone while it was called.</summary>
    internal bool IsLeaving { get; set; }

    /// <summary>Until when, in monotonic milliseconds, others pass it, because it could not be reached.</summary>
    internal long RestsUntil { get; set; } = long.MinValue;

    /// <summary>Until when, in monotonic milliseconds, its caller need not ask again.</summary>
    internal long ExpectedUntil { get; private set; }

    /// <summary>The caller has asked, and will ask again after <paramref name="patience"/>.</summary>
    public void Expect(TimeSpan patience, Moment now)
    {
        ExpectedUntil = now.Milliseconds + (long)(patience + Grace).TotalMilliseconds;
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
