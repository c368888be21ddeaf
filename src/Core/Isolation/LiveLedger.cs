using Sessions.Core.Events;

namespace Sessions.Core.Isolation;

/// <summary>
/// Which sessions of a namespace are live. The log says so, read from a cursor on; what the stream says in between counts at once, and
/// only until the log has been read beyond it: so a word that was lost, doubled, late or made up is made good by the next look.
/// </summary>
internal sealed class LiveLedger
{
    // By the log: who is live, as of which event. Who has ended is not kept: the cursor has passed the end, and it does not come again.
    private readonly Dictionary<SessionId, long> logged = [];

    // By the stream: the newest word about a session, where it is newer than the log's, and how many questions had been asked before it.
    private readonly Dictionary<SessionId, Word> heard = [];
    private long questions;

    // Words that came before this question was asked are all of events before this place.
    private (long Question, EventCursor Newest)? covered;

    /// <summary>How many are live.</summary>
    public long Count { get; private set; }

    /// <summary>How far the log has been read.</summary>
    public EventCursor Cursor { get; private set; }

    /// <summary>Whether a session is live.</summary>
    public bool IsLive(SessionId session) =>
        heard.TryGetValue(session, out var word) ? word.IsLive : logged.ContainsKey(session);

    /// <summary>Begins anew with what the store has; what was heard stays until the log has said it.</summary>
    /// <param name="cursor">Where the log ended before <paramref name="live"/> was read, so that what changed meanwhile is read from the log.</param>
    /// <param name="live">All that were live, each with its newest event.</param>
    public void Begin(EventCursor cursor, IEnumerable<LiveSession> live)
    {
        (Cursor, covered) = (cursor, null);
        logged.Clear();
        foreach (var session in live)
        {
            logged[session.Id] = session.Sequence;
            DropUpTo(session.Id, session.Sequence);
        }

        Count = logged.Keys.Union(heard.Keys).LongCount(IsLive);
    }

    /// <summary>Takes note of what a session was after one of its events, as the stream says.</summary>
    /// <returns>Whether words about events before it are missing.</returns>
    public bool Note(SessionId session, long sequence, bool isLive)
    {
        var known = heard.TryGetValue(session, out var word) ? word.Sequence : logged.GetValueOrDefault(session);
        if (sequence <= known)
        {
            return false;
        }

        Count += Number(isLive) - Number(IsLive(session));
        heard[session] = new(sequence, isLive, questions);

        // Of a session that is not known nobody can say: it may have been there for long without being live.
        return known > 0 && sequence > known + 1;
    }

    /// <summary>To be called before the log is asked for what follows; one question at a time.</summary>
    /// <returns>From where on.</returns>
    public EventCursor Ask()
    {
        questions++;
        return Cursor;
    }

    /// <summary>Takes in the answer to the last question.</summary>
    public void Apply(EventLogPage page)
    {
        foreach (var (_, e) in page.Events)
        {
            Learn(e.SessionId, e.Sequence, Liveness.IsLive(e.Status));
        }

        Cursor = page.Next;
        covered ??= (questions, page.Newest);
        if (page.IsAtHorizon && page.Settled >= covered.Value.Newest)
        {
            // Events are published after they were committed: the log had these, and has spoken.
            foreach (var (session, _) in heard.Where(one => one.Value.Question < covered.Value.Question).ToList())
            {
                Change(session, () => heard.Remove(session));
            }

            covered = null;
        }
    }

    private void Learn(SessionId session, long sequence, bool isLive)
    {
        // The store was read after the cursor was taken, and may be ahead of the log.
        if (sequence <= logged.GetValueOrDefault(session))
        {
            return;
        }

        Change(session, () =>
        {
            if (isLive)
            {
                logged[session] = sequence;
            }
            else
            {
                logged.Remove(session);
            }

            DropUpTo(session, sequence);
        });
    }

    private void DropUpTo(SessionId session, long sequence)
    {
        if (heard.TryGetValue(session, out var word) && word.Sequence <= sequence)
        {
            heard.Remove(session);
        }
    }

    private void Change(SessionId session, Action change)
    {
        var before = IsLive(session);
        change();
        Count += Number(IsLive(session)) - Number(before);
    }

    private static int Number(bool isLive) => isLive ? 1 : 0;

    private readonly record struct Word(long Sequence, bool IsLive, long Question);
}
