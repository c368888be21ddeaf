using System.Diagnostics.CodeAnalysis;
using Sessions.Core.Admission;

namespace Sessions.Core.Isolation;

/// <summary>
/// Who waits for a place among the live sessions of one namespace, and whose turn it is: creators take turns, and of one creator's sessions
/// the one that has waited longest is next. Bounded, and a session stands in it once. It counts no places: who is called may be turned
/// away, and then stands where it stood. A place is first offered: the caller takes it by asking again, which proves that it is still there.
/// </summary>
/// <param name="confirmation">
/// How long a place is kept for a caller that does not confirm, and how much later than it said a caller may ask and still count as present.
/// </param>
internal sealed class WaitingLine(TimeSpan confirmation)
{
    private readonly Dictionary<SessionId, Waiter> waiters = [];

    // The creators by whose turn is next; each has somebody who waits.
    private readonly LinkedList<(Principal Creator, List<Waiter> Waiters)> turns = [];
    private readonly Dictionary<Principal, LinkedListNode<(Principal Creator, List<Waiter> Waiters)>> creators = [];
    private readonly PaceOfPlaces pace = new();

    /// <summary>How many stand in the line, those that are offered a place or called included.</summary>
    public int Count => waiters.Count;

    /// <summary>How many are offered a place or called, and may each take one.</summary>
    public int Called { get; private set; }

    /// <summary>All that stand in the line, by whose turn is next.</summary>
    public IEnumerable<Waiter> InOrder
    {
        get
        {
            var (left, rank) = (Count, 0);
            while (left > 0)
            {
                foreach (var (_, own) in turns)
                {
                    if (rank < own.Count)
                    {
                        yield return own[rank];
                        left--;
                    }
                }

                rank++;
            }
        }
    }

    /// <summary>Takes a place in the line, or finds the one that the session has.</summary>
    /// <param name="waiter">Who is to wait, and since when; whoever began earlier stands before those of the same creator that began later.</param>
    /// <param name="maximum">How many may wait.</param>
    /// <param name="now">The present moment.</param>
    public QueueEntrance Enter(Waiter waiter, int maximum, Moment now)
    {
        if (waiters.TryGetValue(waiter.Session, out var present))
        {
            return EnterAgain(present, waiter, now);
        }

        if (Count >= maximum)
        {
            return QueueEntrance.Full;
        }

        if (Count == 0)
        {
            pace.Begin(now.Utc);
        }

        waiters.Add(waiter.Session, waiter);
        if (!creators.TryGetValue(waiter.Creator, out var turn))
        {
            creators.Add(waiter.Creator, turn = turns.AddLast((waiter.Creator, [])));
        }

        var own = turn.Value.Waiters;
        var after = own.Count;
        while (after > 0 && own[after - 1].Since > waiter.Since)
        {
            after--;
        }

        own.Insert(after, waiter);
        waiter.Expect(TimeSpan.Zero, confirmation, now);
        return QueueEntrance.Entered;
    }

    /// <summary>Who waits for <paramref name="session"/>.</summary>
    public bool TryFind(SessionId session, [NotNullWhen(true)] out Waiter? waiter) => waiters.TryGetValue(session, out waiter);

    /// <summary>How many stand before the waiter, and itself.</summary>
    public int PositionOf(Waiter waiter)
    {
        var turn = creators[waiter.Creator];
        var rank = turn.Value.Waiters.IndexOf(waiter);
        var (position, isBefore) = (1, true);
        for (var other = turns.First; other is not null; other = other.Next)
        {
            // Those whose turn comes before the creator's have one turn more than those after it.
            isBefore &= other != turn;
            position += Math.Min(other.Value.Waiters.Count, isBefore ? rank + 1 : rank);
        }

        return position;
    }

    /// <summary>How long it takes until a place comes free for whoever stands at <paramref name="position"/>; null while nobody can say.</summary>
    public TimeSpan? Estimate(int position, DateTimeOffset now) => pace.PerPlace(now) * position;

    /// <summary>
    /// Offers places to those whose turn it is, and takes them back from those who have not confirmed in time. Who is absent is passed over,
    /// and keeps its position.
    /// </summary>
    /// <param name="places">How many places are free; whoever is offered one or called already may take one.</param>
    /// <param name="now">The present moment.</param>
    /// <returns>Who is offered a place by this; each of them confirms, or loses it.</returns>
    public List<Waiter> Offer(long places, Moment now)
    {
        foreach (var silent in waiters.Values.Where(waiter => waiter.IsOffered && waiter.OfferedUntil <= now.Milliseconds))
        {
            EndCall(silent);
            silent.PresentUntil = long.MinValue;
        }

        var offered = new List<Waiter>();
        if (places <= Called)
        {
            return offered;
        }

        foreach (var waiter in InOrder)
        {
            if (waiter.IsCalled || waiter.IsOffered || now.Milliseconds < waiter.RestsUntil || waiter.PresentUntil < now.Milliseconds)
            {
                continue;
            }

            waiter.IsOffered = true;
            waiter.OfferedUntil = now.Milliseconds + (long)confirmation.TotalMilliseconds;
            Called++;
            offered.Add(waiter);
            if (places <= Called)
            {
                break;
            }
        }

        return offered;
    }

    /// <summary>The caller asks, and will ask again after <paramref name="patience"/>; it is present until then.</summary>
    /// <returns>Whether it has taken a place by that: it is called, and is returned, admitted or removed by and by.</returns>
    public bool Hear(Waiter waiter, TimeSpan patience, Moment now)
    {
        waiter.Expect(patience, confirmation, now);
        if (!waiter.IsOffered)
        {
            return false;
        }

        (waiter.IsOffered, waiter.IsCalled) = (false, true);
        return true;
    }

    /// <summary>Calls one that needs no place, whoever's turn it is and whether or not its caller is there.</summary>
    public void Call(Waiter waiter)
    {
        EndCall(waiter);
        waiter.IsCalled = true;
        Called++;
    }

    /// <summary>There was no place after all, or no answer: the waiter stands where it stood.</summary>
    /// <param name="waiter">Who was called.</param>
    /// <param name="restsUntil">Until when, in monotonic milliseconds, others pass it; null if it is next.</param>
    public void Return(Waiter waiter, long? restsUntil = null)
    {
        EndCall(waiter);
        waiter.RestsUntil = restsUntil ?? long.MinValue;
        if (waiter.IsLeaving)
        {
            Remove(waiter);
        }
    }

    /// <summary>The waiter has got its place, and the turn goes to the next creator.</summary>
    public void Admit(Waiter waiter, DateTimeOffset now)
    {
        if (creators.TryGetValue(waiter.Creator, out var turn))
        {
            turns.Remove(turn);
            turns.AddLast(turn);
        }

        pace.OnPlace(now);
        Remove(waiter);
    }

    /// <summary>The waiter waits no more; nobody's turn changes.</summary>
    public void Remove(Waiter waiter)
    {
        EndCall(waiter);
        if (!waiters.Remove(waiter.Session))
        {
            return;
        }

        var turn = creators[waiter.Creator];
        turn.Value.Waiters.Remove(waiter);
        if (turn.Value.Waiters.Count == 0)
        {
            turns.Remove(turn);
            creators.Remove(waiter.Creator);
        }
    }

    /// <summary>The caller has gone. Who is called at that moment may still get its place, because its activation is under way.</summary>
    public void Leave(Waiter waiter)
    {
        if (waiter.IsCalled)
        {
            waiter.IsLeaving = true;
        }
        else
        {
            Remove(waiter);
        }
    }

    /// <summary>Takes those out whose deadline has come, or whose callers have not asked for too long; but none that is called.</summary>
    /// <returns>All of them.</returns>
    public List<Waiter> DropLapsed(Moment now)
    {
        var lapsed = waiters.Values.Where(waiter => !waiter.IsCalled && (waiter.Deadline <= now.Utc || waiter.ExpectedUntil < now.Milliseconds)).ToList();
        lapsed.ForEach(Remove);
        return lapsed;
    }

    private QueueEntrance EnterAgain(Waiter present, Waiter again, Moment now)
    {
        var isSame = present.Command.CommandId == again.Command.CommandId;
        if (!isSame && present.IsCalled)
        {
            return QueueEntrance.Busy;
        }

        (present.Command, present.Deadline) = (again.Command, again.Deadline);
        present.Expect(TimeSpan.Zero, confirmation, now);
        return isSame ? QueueEntrance.Found : QueueEntrance.TakenOver;
    }

    private void EndCall(Waiter waiter)
    {
        if (waiter.IsCalled || waiter.IsOffered)
        {
            (waiter.IsCalled, waiter.IsOffered) = (false, false);
            Called--;
        }
    }
}
