using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Operations;
using Sessions.Core.Tests.Admission.Simulation;
using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Operations;

/// <summary>
/// An operation that is interrupted anywhere, and that two drivers may take for theirs at once, while others change and make sessions:
/// every session that was found is counted once, and told its command once.
/// </summary>
public class OperationPropertyTests
{
    private static readonly Gen<Act> AnyAct =
        Gen.Frequency(
            (10, Gen.Constant(Deed.Step)),
            (14, Gen.Constant(Deed.Tell)),
            (4, Gen.Constant(Deed.Save)),
            (2, Gen.Constant(Deed.Crash)),
            (2, Gen.Constant(Deed.LoseAnswer)),
            (6, Gen.Constant(Deed.Change)),
            (1, Gen.Constant(Deed.Make)))
        .Zip(Gen.Choose(0, 999)).Select(both => new Act(both.Item1, both.Item2));

    private static readonly Gen<Act[]> AnyHistory = Gen.ArrayOf(AnyAct, 150);

    [Theory]
    [InlineData(SessionVerb.Close)]
    [InlineData(SessionVerb.Pause)]
    public void Operation_InterruptedAnywhere_CountsAndTellsEverySessionOnce(SessionVerb verb) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(400)),
            Prop.ForAll(AnyHistory.ToArbitrary(), acts =>
            {
                var violations = World.Play(verb, acts, OperationRules.Answer).Violations;
                return (violations.Count == 0).Label(string.Join("\n", violations));
            }));

    [Fact]
    public void Histories_TakenTogether_InterruptRepeatAndCollide()
    {
        // Otherwise the property above could hold because nothing ever happens.
        var worlds = AnyHistory.Sample(numberOfSamples: 200, size: 150).Select(acts => World.Play(SessionVerb.Close, acts, OperationRules.Answer)).ToList();

        Assert.True(worlds.Sum(world => world.Lost) > 200);
        Assert.True(worlds.Sum(world => world.Replays) > 200);
        Assert.True(worlds.Sum(world => world.Skipped) > 10);
    }

    [Fact]
    public void Checker_FedRulesThatForgetTheBatch_SeesIt()
    {
        static OperationRecord Forgets(OperationRecord record, IReadOnlyDictionary<SessionId, SessionError?> answers, DateTimeOffset now) =>
            OperationRules.Answer(record, answers, now) with { Batch = [] };

        Assert.Contains(AnyHistory.Sample(numberOfSamples: 50, size: 150), acts => World.Play(SessionVerb.Close, acts, Forgets).Violations.Count > 0);
    }

    private enum Deed
    {
        /// <summary>A driver counts, finds or ends.</summary>
        Step,

        /// <summary>A driver tells one session, and keeps the answer for itself.</summary>
        Tell,

        /// <summary>A driver commits the answers that it has.</summary>
        Save,

        /// <summary>A driver forgets everything but what is stored.</summary>
        Crash,

        /// <summary>A driver tells one session, which does it, and hears nothing.</summary>
        LoseAnswer,

        /// <summary>Somebody else changes a session.</summary>
        Change,

        /// <summary>Somebody else makes a session.</summary>
        Make,
    }

    private sealed record Act(Deed Deed, int Which);

    private delegate OperationRecord CountAnswers(
        OperationRecord record, IReadOnlyDictionary<SessionId, SessionError?> answers, DateTimeOffset now);

    /// <summary>Sessions, a stored operation, and two drivers of it.</summary>
    private sealed class World
    {
        private static readonly OperationId Id = OperationId.Parse("o-00000000000000000000000001");
        private static readonly DateTimeOffset Start = Given.Start.AddHours(1);

        private readonly CountAnswers count;
        private readonly SortedDictionary<SessionId, SessionRecord> sessions = [];
        private readonly HashSet<SessionId> untouched;
        private readonly HashSet<SessionId> found = [];
        private readonly Dictionary<SessionId, int> told = [];
        private readonly Driver[] drivers = [new(), new()];
        private OperationRecord stored;

        private World(SessionVerb verb, CountAnswers count)
        {
            this.count = count;
            for (var n = 1; n <= 12; n++)
            {
                Make(Given.Start.AddMinutes(n % 5), (SessionStatus)(n % 3 == 0 ? SessionStatus.Created : n % 7 == 0 ? SessionStatus.Paused : SessionStatus.Active));
            }

            stored = OperationRules.Start(
                Id, null, new StartOperation { Verb = verb, Query = new() { Namespace = Given.Namespace }, Actor = Given.Alice }, Start).Next!;
            untouched = [.. sessions.Keys.Where(id => stored.Shown.Query.Statuses.Contains(sessions[id].Status))];
        }

        public List<string> Violations { get; } = [];

        public int Lost { get; private set; }

        public int Replays { get; private set; }

        public long Skipped => stored.Shown.Skipped;

        public static World Play(SessionVerb verb, Act[] acts, CountAnswers count)
        {
            var world = new World(verb, count);
            foreach (var act in acts)
            {
                world.Do(act, world.drivers[act.Which % 2]);
            }

            world.Finish();
            world.Judge();
            return world;
        }

        private void Do(Act act, Driver driver)
        {
            driver.Record ??= stored;
            switch (act.Deed)
            {
                case Deed.Step:
                    Step(driver, act.Which);
                    break;
                case Deed.Tell or Deed.LoseAnswer:
                    Tell(driver, act.Which, isHeard: act.Deed == Deed.Tell);
                    break;
                case Deed.Save:
                    Save(driver, count(driver.Record, driver.Answers, Start));
                    break;
                case Deed.Crash:
                    Lost += driver.Answers.Count;
                    driver.Forget();
                    break;
                case Deed.Change:
                    Change(sessions.Keys.ElementAt(act.Which % sessions.Count), act.Which);
                    break;
                case Deed.Make:
                    Make(Start.AddMinutes(1), SessionStatus.Active);
                    break;
            }
        }

        private void Step(Driver driver, int size)
        {
            var record = driver.Record!;
            switch (OperationRules.NextStep(record))
            {
                case OperationStep.Count:
                    Save(driver, OperationRules.Counted(record, sessions.Count, Start));
                    break;
                case OperationStep.Find:
                    var rest = sessions.Values.OrderBy(session => (session.RequestedAt, session.Id))
                        .Where(session => record.After is null || (session.RequestedAt, session.Id).CompareTo((record.After.At, record.After.Id)) > 0).ToList();

                    // So many are looked at; those that are not meant make the page shorter, or empty.
                    var page = rest.Take(1 + (size % 4)).ToList();
                    var meant = page.Where(session => record.Shown.Query.Statuses.Contains(session.Status)
                        && session.RequestedAt < record.Shown.Query.RequestedBefore).Select(session => session.Id).ToList();
                    if (Save(driver, OperationRules.Take(record, meant, page.Count < rest.Count ? new(page[^1].RequestedAt, page[^1].Id) : null, Start)))
                    {
                        found.UnionWith(meant);
                    }

                    break;
            }
        }

        private void Tell(Driver driver, int which, bool isHeard)
        {
            if (driver.Record!.Batch is not { IsEmpty: false } batch || OperationRules.NextStep(driver.Record) == OperationStep.None)
            {
                return;
            }

            var session = batch[which % batch.Length];
            var id = session.Id;
            var answer = Command(id, OperationRules.CommandFor(driver.Record.Shown, session));
            if (answer.Next is not null)
            {
                told[id] = told.GetValueOrDefault(id) + 1;
            }

            Replays += answer.ReplayOf is null ? 0 : 1;
            driver.Answers[id] = isHeard ? answer.Refusal : new SessionError { Code = SessionErrorCode.Unavailable };
        }

        private bool Save(Driver driver, OperationRecord next)
        {
            if (next.Shown.Version != stored.Shown.Version + 1)
            {
                // The fence: another driver was there before.
                driver.Forget();
                return false;
            }

            if (next.Shown.Answered < stored.Shown.Answered || next.Shown.Done < stored.Shown.Done)
            {
                Violations.Add("The counts went back.");
            }

            stored = next;
            driver.Forget();
            driver.Record = stored;
            return true;
        }

        private Decision Command(SessionId id, SessionCommand command)
        {
            var decision = SessionRules.Decide(id, sessions[id], command, Given.Facts(Start));
            sessions[id] = decision.Next ?? sessions[id];
            return decision;
        }

        private void Change(SessionId id, int how)
        {
            untouched.Remove(id);
            SessionCommand[] commands = [Given.Pause(), Given.Resume(), Given.Activate(), Given.Close()];
            Command(id, commands[how % commands.Length]);
        }

        private void Make(DateTimeOffset at, SessionStatus status)
        {
            var id = SessionId.Parse($"s-{sessions.Count + 1:D26}");
            sessions[id] = Given.SessionIn(status, provisioned: false) with { Id = id, RequestedAt = at };
        }

        private void Finish()
        {
            var driver = new Driver();
            for (var rounds = 0; !stored.Shown.IsFinal; rounds++)
            {
                driver.Record ??= stored;
                Step(driver, rounds);
                foreach (var n in Enumerable.Range(0, driver.Record!.Batch.Length))
                {
                    Tell(driver, n, isHeard: true);
                }

                Save(driver, count(driver.Record, driver.Answers, Start));
                if (rounds > 1000)
                {
                    Violations.Add("It does not end.");
                    return;
                }
            }
        }

        private void Judge()
        {
            var shown = stored.Shown;
            if (shown.Answered != found.Count)
            {
                Violations.Add($"{found.Count} sessions were found, and {shown.Answered} are counted.");
            }

            if (told.Values.Any(times => times > 1))
            {
                Violations.Add("A session did it twice.");
            }

            if (shown.Done != told.Count)
            {
                Violations.Add($"{told.Count} sessions did it, and {shown.Done} are counted as having done it.");
            }

            if (untouched.Any(id => told.GetValueOrDefault(id) != 1))
            {
                Violations.Add("A session that was meant all the while was left out.");
            }

            if (told.Keys.Any(id => sessions[id].RequestedAt >= Start))
            {
                Violations.Add("A session that came later was told something.");
            }
        }

        private sealed class Driver
        {
            public OperationRecord? Record { get; set; }

            public Dictionary<SessionId, SessionError?> Answers { get; } = [];

            public void Forget()
            {
                Record = null;
                Answers.Clear();
            }
        }
    }
}
