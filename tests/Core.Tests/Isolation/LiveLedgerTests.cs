using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Events;
using Sessions.Core.Isolation;

namespace Sessions.Core.Tests.Isolation;

/// <summary>What is heard counts at once, and what the log says in the end.</summary>
public class LiveLedgerTests
{
    private static readonly SessionStatus[] Life =
        [SessionStatus.Created, SessionStatus.Active, SessionStatus.Paused, SessionStatus.Active, SessionStatus.Closing, SessionStatus.Closed];

    private readonly LiveLedger ledger = new();
    private readonly SessionId session = SessionId.New();

    [Fact]
    public void WhateverIsHeard_OnceTheLogIsRead_TheLedgerIsTheLog()
    {
        var cases =
            from sessions in Gen.Choose(1, 8)
            from steps in Gen.ListOf(Gen.Choose(0, 9))
            from page in Gen.Choose(1, 4)
            from seed in Gen.Choose(0, 1 << 20)
            select (Sessions: sessions, Steps: steps.ToArray(), Page: page, Seed: seed);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (ledger, log, random) = (new LiveLedger(), new Log(one.Sessions, one.Page), new Random(one.Seed));
            log.CommitSome(random);
            var cursor = log.Answer(EventCursor.End).Horizon;
            log.CommitSome(random);
            ledger.Begin(cursor, log.Live);
            foreach (var step in one.Steps)
            {
                switch (step)
                {
                    case < 4:
                        log.CommitSome(random);
                        break;
                    case < 8:
                        Hear(ledger, log, random);
                        break;
                    default:
                        var from = ledger.Ask();
                        Hear(ledger, log, random);
                        var answer = log.Answer(from);

                        // Between the question and its answer more is committed, and heard of.
                        log.CommitSome(random);
                        Hear(ledger, log, random);
                        ledger.Apply(answer);
                        break;
                }
            }

            log.EndAll();
            Read(ledger, log);
            return log.Ids.All(id => ledger.IsLive(id) == log.IsLive(id)) && ledger.Count == log.Ids.Count(log.IsLive);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Changes_HeardInAnyOrderAndTwice_CountTheNewestWordOfEach()
    {
        var random = new Random(7);
        var lives = Enumerable.Range(0, 50).Select(_ => (Id: SessionId.New(), Events: random.Next(1, 9))).ToList();
        var words = lives.SelectMany(life => Enumerable.Range(1, life.Events).Select(n => (life.Id, Sequence: (long)n, IsLive: n % 3 != 0))).ToList();
        var heard = words.Concat(words).ToArray();
        random.Shuffle(heard);

        foreach (var (id, sequence, isLive) in heard)
        {
            ledger.Note(id, sequence, isLive);
        }

        Assert.Equal(lives.Count(life => life.Events % 3 != 0), ledger.Count);
    }

    [Fact]
    public void WordThatSkipsOthers_OfAKnownSession_TellsThatTheyAreMissing()
    {
        Assert.False(ledger.Note(session, 5, true));
        Assert.False(ledger.Note(session, 6, true));
        Assert.False(ledger.Note(session, 3, true));
        Assert.True(ledger.Note(session, 8, false));
        Assert.Equal(0, ledger.Count);
    }

    [Fact]
    public void StoreReadAfterTheCursor_IsNotTurnedBackByWhatTheLogSaysOfBefore()
    {
        ledger.Begin(EventCursor.Start, [new LiveSession(session, 4)]);

        ledger.Apply(Page(ledger.Ask(), 1, Event(1, 1, SessionStatus.Created)));

        Assert.Equal(1, ledger.Count);
    }

    [Fact]
    public void WordHeardAfterTheQuestion_IsKeptUntilTheNext()
    {
        var from = ledger.Ask();
        ledger.Note(session, 2, true);
        ledger.Apply(Page(from, 0));
        Assert.True(ledger.IsLive(session));

        // No event stands behind it: it was made up, or it is of another log.
        ledger.Apply(Page(ledger.Ask(), 0));
        Assert.Equal((false, 0L), (ledger.IsLive(session), ledger.Count));
    }

    [Fact]
    public void WordOfATransactionThatIsNotFinal_IsKeptUntilTheLogHasPassedIt()
    {
        ledger.Note(session, 2, true);

        // The third is over, and its event is not read yet, because the first is not.
        ledger.Apply(Page(ledger.Ask(), 0) with { Newest = new(4, 0) });
        ledger.Apply(Page(ledger.Ask(), 0) with { Newest = new(9, 0) });
        Assert.True(ledger.IsLive(session));

        ledger.Apply(Page(ledger.Ask(), 4) with { Newest = new(9, 0) });
        Assert.False(ledger.IsLive(session));
    }

    [Fact]
    public void LateWordOfASessionThatHasEnded_IsGoneWithTheNextLook()
    {
        ledger.Apply(Page(ledger.Ask(), 2, Event(1, 1, SessionStatus.Active), Event(2, 2, SessionStatus.Closed)));
        ledger.Note(session, 1, true);

        ledger.Apply(Page(ledger.Ask(), 2));

        Assert.Equal(0, ledger.Count);
    }

    private static void Hear(LiveLedger ledger, Log log, Random random)
    {
        for (var n = random.Next(4); n > 0 && log.Committed.Count > 0; n--)
        {
            var e = log.Committed[random.Next(log.Committed.Count)].Event;
            ledger.Note(e.SessionId, e.Sequence, Liveness.IsLive(e.Status));
        }
    }

    private static void Read(LiveLedger ledger, Log log)
    {
        // Twice: a word that was heard while a page was asked for is covered by the next question.
        for (var looks = 0; looks < 2; looks++)
        {
            for (var isBehind = true; isBehind;)
            {
                var page = log.Answer(ledger.Ask());
                ledger.Apply(page);
                isBehind = !page.IsAtHorizon;
            }
        }
    }

    private static EventCursor At(int n) => n == 0 ? EventCursor.Start : new((ulong)n, n);

    private static EventLogPage Page(EventCursor from, int settled, params ImmutableArray<LoggedEvent> events)
    {
        var horizon = events.IsEmpty ? from : events[^1].Cursor;
        return new(events, horizon, horizon, new((ulong)settled, 0), new((ulong)settled, 0));
    }

    private LoggedEvent Event(int n, long sequence, SessionStatus status) =>
        new(At(n), new SessionEvent { SessionId = session, Sequence = sequence, Status = status });

    /// <summary>A log of sessions that come and go, some of whose newest events are not final yet.</summary>
    private sealed class Log(int sessions, int pageSize)
    {
        private readonly Dictionary<SessionId, int> lived = [];
        private int final;

        public ImmutableArray<SessionId> Ids { get; } = [.. Enumerable.Range(0, sessions).Select(_ => SessionId.New())];

        public List<LoggedEvent> Committed { get; } = [];

        public IEnumerable<LiveSession> Live => Ids.Where(IsLive).Select(id => new LiveSession(id, lived[id]));

        public bool IsLive(SessionId id) => lived.GetValueOrDefault(id) is > 0 and var n && Liveness.IsLive(Life[n - 1]);

        public void CommitSome(Random random)
        {
            for (var n = random.Next(6); n > 0; n--)
            {
                var id = Ids[random.Next(Ids.Length)];
                if (lived.GetValueOrDefault(id) is var before && before < Life.Length)
                {
                    lived[id] = before + 1;
                    Committed.Add(new(At(Committed.Count + 1), new SessionEvent { SessionId = id, Sequence = before + 1, Status = Life[before] }));
                }
            }

            final = random.Next(final, Committed.Count + 1);
        }

        public void EndAll() => final = Committed.Count;

        public EventLogPage Answer(EventCursor after)
        {
            var events = Committed.Take(final).Where(e => e.Cursor > after).Take(pageSize).ToImmutableArray();
            var horizon = At(final);
            var next = events.Length == pageSize ? events[^1].Cursor : after > horizon ? after : horizon;
            return new(events, next, horizon, new((ulong)final + 1, 0), new((ulong)Committed.Count + 1, 0));
        }
    }
}
