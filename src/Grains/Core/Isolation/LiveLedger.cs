namespace Sessions.Core;

/// <summary>
/// Which sessions of a namespace are live, as far as somebody knows who reads the store now and then and hears of changes in between, in
/// any order, more than once or not at all. Only the newest word about a session counts.
/// </summary>
internal sealed class LiveLedger
{
    private readonly Dictionary<SessionId, (long Sequence, bool IsLive)> sessions = [];

    /// <summary>How many are live.</summary>
    public long Count { get; private set; }

    /// <summary>Takes note of what a session was after one of its events.</summary>
    public void Note(SessionId session, long sequence, bool isLive)
    {
        var known = sessions.GetValueOrDefault(session);
        if (sequence <= known.Sequence)
        {
            return;
        }

        Count += (isLive ? 1 : 0) - (known.IsLive ? 1 : 0);
        sessions[session] = (sequence, isLive);
    }

    /// <summary>Begins anew with what the store has, and keeps what was heard of later than <paramref name="live"/> was read.</summary>
    /// <param name="live">All that were live at one time, each with its newest event then.</param>
    /// <param name="heardSince">What was heard of while they were read.</param>
    public void Rebuild(IEnumerable<(SessionId Session, long Sequence)> live, IEnumerable<(SessionId Session, long Sequence, bool IsLive)> heardSince)
    {
        sessions.Clear();
        Count = 0;
        foreach (var (session, sequence) in live)
        {
            Note(session, sequence, isLive: true);
        }

        foreach (var (session, sequence, isLive) in heardSince)
        {
            Note(session, sequence, isLive);
        }
    }
}
