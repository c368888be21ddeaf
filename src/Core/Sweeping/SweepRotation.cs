using System.Collections.Immutable;

namespace Sessions.Core.Sweeping;

/// <summary>
/// Goes round the namespaces that have something due, so that each gets its share of every batch, and leaves out those that have no more. A
/// million sessions that are due in one delay a single one in another by no more than one round.
/// </summary>
/// <param name="namespaces">Those that have something due, each once.</param>
internal sealed class SweepRotation(IEnumerable<SessionNamespace> namespaces)
{
    private readonly List<SessionNamespace> open = [.. namespaces];
    private int next;

    /// <summary>Whether nothing is left.</summary>
    public bool IsDone => open.Count == 0;

    /// <summary>Whose turn it is in a batch of <paramref name="size"/>, and how many sessions each of them may have in it.</summary>
    public (ImmutableArray<SessionNamespace> Namespaces, int Share) Next(int size)
    {
        var count = Math.Min(size, open.Count);
        var turn = ImmutableArray.CreateBuilder<SessionNamespace>(count);
        for (var n = 0; n < count; n++)
        {
            next %= open.Count;
            turn.Add(open[next++]);
        }

        return (turn.MoveToImmutable(), count == 0 ? 0 : size / count);
    }

    /// <summary>Leaves out a namespace in which fewer were due than it might have had; it may be left out already.</summary>
    public void Leave(SessionNamespace done)
    {
        var place = open.IndexOf(done);
        if (place < 0)
        {
            return;
        }

        open.RemoveAt(place);
        next -= place < next ? 1 : 0;
    }
}
