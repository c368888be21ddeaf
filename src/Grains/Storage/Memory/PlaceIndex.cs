using Sessions.Core;
using Sessions.Core.Search;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The two orders that sessions are listed in: by their request and by their end.</summary>
internal sealed class PlaceIndex
{
    private static readonly IComparer<SearchPosition> ByPlace =
        Comparer<SearchPosition>.Create((a, b) => (a.At, a.Id).CompareTo((b.At, b.Id)));

    private static readonly SearchPosition First = new(DateTimeOffset.MinValue, default);
    private static readonly SearchPosition Last = new(DateTimeOffset.MaxValue, SessionId.Parse("s-7" + new string('z', 25)));

    private readonly SortedSet<SearchPosition> byRequest = new(ByPlace);
    private readonly SortedSet<SearchPosition> byEnd = new(ByPlace);

    /// <summary>Keeps the places of a session up to date; called with what is held before and after every change, null for nothing.</summary>
    public void Move(SessionRecord? before, SessionRecord? after)
    {
        MoveIn(byRequest, SessionOrder.OldestFirst);
        MoveIn(byEnd, SessionOrder.EndsFirst);

        void MoveIn(SortedSet<SearchPosition> places, SessionOrder order)
        {
            var from = before is null ? null : SearchKeys.PositionOf(before, order);
            var to = after is null ? null : SearchKeys.PositionOf(after, order);
            if (from == to)
            {
                return;
            }

            if (from is not null)
            {
                places.Remove(from);
            }

            if (to is not null)
            {
                places.Add(to);
            }
        }
    }

    /// <summary>The places after one, in an order.</summary>
    public IEnumerable<SearchPosition> Walk(SessionOrder order, SearchPosition? after)
    {
        var places = SearchKeys.GoesByEnd(order) ? byEnd : byRequest;
        var rest = SearchKeys.IsDescending(order)
            ? places.GetViewBetween(First, after ?? Last).Reverse()
            : places.GetViewBetween(after ?? First, Last);
        return rest.SkipWhile(place => place == after);
    }
}
