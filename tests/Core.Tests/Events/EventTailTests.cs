using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Events;

namespace Sessions.Core.Tests.Events;

public class EventTailTests
{
    private static readonly SessionNamespace[] Namespaces = [.. new[] { "acme", "acme/a", "acme/a/b", "acme/ab" }.Select(path => SessionNamespace.Parse(path))];
    private static readonly EventQuery All = new(Namespaces[0], true);

    [Fact]
    public void Tail_ThatWasFilledAndTrimmed_ReadsLikeTheWholeLog()
    {
        var cases =
            from batches in Gen.ListOf(Gen.Choose(0, 7))
            from within in Gen.Choose(0, Namespaces.Length - 1)
            from below in Gen.Elements(true, false)
            from limit in Gen.Choose(1, 6)
            from seed in Gen.Choose(0, 1 << 20)
            select (Batches: batches.ToArray(), Query: new EventQuery(Namespaces[within], below), Limit: limit, Seed: seed);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (tail, log) = (new EventTail(capacity: 5), new List<LoggedEvent>());
            tail.Begin(At(0));
            foreach (var count in one.Batches)
            {
                var batch = Enumerable.Range(0, count).Select(n => Event(log.Count + n + 1, one.Seed)).ToArray();
                log.AddRange(batch);
                tail.Append([.. batch], At(log.Count));
            }

            // Everything that is left to read is read, wherever the reader stands.
            return Enumerable.Range(0, log.Count + 1).Select(At).Where(after => after >= tail.Start).All(after =>
            {
                var expected = log.Where(e => e.Cursor > after && one.Query.Includes(e.Event.Namespace)).ToList();
                var read = new List<LoggedEvent>();
                for (var slice = tail.Read(one.Query, after, one.Limit); ; slice = tail.Read(one.Query, slice.Next, one.Limit))
                {
                    read.AddRange(slice.Events);
                    if (slice.Events.Length < one.Limit)
                    {
                        return slice.Next == tail.End && read.SequenceEqual(expected);
                    }
                }
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Tail_PastItsCapacity_KeepsTheNewestAndSaysWhereItStarts()
    {
        var tail = new EventTail(capacity: 3);
        tail.Begin(At(0));
        for (var n = 1; n <= 7; n++)
        {
            tail.Append([Event(n, 0)], At(n));
        }

        Assert.Equal((At(4), At(7)), (tail.Start, tail.End));
        Assert.Equal([At(5), At(6), At(7)], tail.Read(All, At(4), 10).Events.Select(e => e.Cursor));
        Assert.Throws<ArgumentOutOfRangeException>(() => tail.Read(All, At(3), 10));
    }

    [Fact]
    public void Reader_AheadOfTheTail_StaysWhereItIs()
    {
        var tail = new EventTail(capacity: 3);
        tail.Begin(At(5));

        var slice = tail.Read(All, At(9), 10);

        Assert.True(slice.Events.IsEmpty);
        Assert.Equal(At(9), slice.Next);
    }

    [Fact]
    public void Tail_BegunAnew_HasNothingOfBefore()
    {
        var tail = new EventTail(capacity: 3);
        tail.Append([Event(1, 0)], At(1));

        tail.Begin(At(5));

        Assert.Equal((At(5), At(5)), (tail.Start, tail.End));
        Assert.Empty(tail.Read(All, At(5), 10).Events);
    }

    private static EventCursor At(int n) => new((ulong)((n + 1) / 2), n);

    private static LoggedEvent Event(int n, int seed) => new(At(n), new SessionEvent { Sequence = n, Namespace = Namespaces[(n * (seed + 7) / 3) % Namespaces.Length] });
}
