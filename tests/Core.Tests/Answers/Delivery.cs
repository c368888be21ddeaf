using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Answers;

/// <summary>What a run has seen.</summary>
internal sealed record Reached
{
    public int Done { get; set; }

    public int Replayed { get; set; }

    public int ReplayedFromBeside { get; set; }

    public int TooOld { get; set; }

    /// <summary>Commands that state when they were issued, and were done more than once.</summary>
    public int DoneAgain { get; set; }

    public void Add(Reached other)
    {
        Done += other.Done;
        Replayed += other.Replayed;
        ReplayedFromBeside += other.ReplayedFromBeside;
        TooOld += other.TooOld;
        DoneAgain += other.DoneAgain;
    }
}

/// <summary>One session, and callers whose clocks are wrong and whose messages are late. Random, and the same for the same seed.</summary>
internal sealed class Delivery
{
    private static readonly TimeSpan Window = SessionTimings.Default.AnswerWindow;
    private static readonly SessionOverrides Long = new() { MaxDuration = TimeSpan.FromDays(20) };

    private readonly Random random;
    private readonly KeptAnswers.Rule rule;
    private readonly KeptAnswers kept = new();
    private readonly PriorityQueue<Sending, (DateTimeOffset At, int Order)> way = new();
    private readonly Dictionary<CommandId, (long Version, DateTimeOffset At)> done = [];
    private SessionRecord record = Given.SessionIn(SessionStatus.Active, provisioned: false, Long);
    private int sendings;

    public Delivery(int seed, KeptAnswers.Rule? rule = null) => (random, this.rule) = (new Random(seed), rule ?? SessionRules.Decide);

    public List<string> Faults { get; } = [];

    public Reached Reached { get; } = new();

    public void Run()
    {
        var at = Given.Start;

        // Quiet and busy times take turns, so that answers leave the record before and after their window.
        for (var phase = 0; phase < 4; phase++)
        {
            var (commands, mean) = random.Next(3) switch
            {
                0 => (random.Next(20), TimeSpan.FromMinutes(random.Next(1, 20))),
                1 => (random.Next(60), TimeSpan.FromSeconds(random.Next(1, 30))),
                _ => (random.Next(40), TimeSpan.FromMilliseconds(random.Next(1, 100))),
            };
            for (var n = 0; n < commands; n++)
            {
                at += mean * (2 * random.NextDouble());
                Issue(at);
            }
        }

        while (way.TryDequeue(out var sending, out var arrival))
        {
            Arrive(sending, arrival.At);
        }

        var end = at + TimeSpan.FromDays(3);
        Pass(end);
        Pass(end + (2 * Window));
        if (kept.Count > 0)
        {
            Faults.Add($"{kept.Count} answers are kept long after their window");
        }
    }

    private void Issue(DateTimeOffset at)
    {
        // Most clocks are right. Some are ahead or behind, by seconds or by hours, and some callers have ids of their own.
        var offset = random.Next(10) switch
        {
            0 => TimeSpan.FromHours(random.NextDouble() * 23),
            1 => -TimeSpan.FromHours(random.NextDouble() * 23),
            2 or 3 => TimeSpan.FromSeconds(random.Next(-200, 200)),
            _ => TimeSpan.Zero,
        };
        var id = random.Next(20) == 0 ? CommandId.Parse(Guid.NewGuid().ToString()) : CommandId.New(at + offset);
        var command = Given.Adjust(SessionPermissions.ExecuteFunctions, patterns: null) with { CommandId = id, Reason = $"{sendings}" };
        var sent = at;
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            // The first sending may arrive last.
            var delay = random.Next(6) switch
            {
                0 => Window * (3 * random.NextDouble()),
                1 => TimeSpan.FromSeconds(random.Next(60)),
                _ => TimeSpan.FromMilliseconds(random.Next(50)),
            };
            way.Enqueue(new Sending(command), (sent + delay, sendings++));
            sent += random.Next(4) == 0 ? Window * (2 * random.NextDouble()) : TimeSpan.FromSeconds(random.Next(40));
        }
    }

    private void Arrive(Sending sending, DateTimeOffset now)
    {
        if (random.Next(3) == 0)
        {
            Pass(now);
        }

        var command = sending.Command;
        var isInRecord = record.Answers.Any(answer => answer.CommandId == command.CommandId);
        var decision = kept.Decide(record, command, Given.Facts(now), rule);
        var before = record;
        record = kept.Commit(record, decision)!;
        if (decision.Next is { } next)
        {
            Reached.Done++;
            if (done.TryGetValue(command.CommandId, out var first))
            {
                var isForgotten = command.CommandId.IssuedAt is null && now - first.At > Window;
                Faults.AddRange(isForgotten ? [] : [$"{command.CommandId} made {first.Version} and {next.Version}, {now - first.At} later"]);
                Reached.DoneAgain += isForgotten ? 0 : 1;
            }

            done[command.CommandId] = (next.Version, now);
            if (next.Version != before.Version + 1)
            {
                Faults.Add("a version was left out");
            }
        }
        else if (decision.ReplayOf is { } version)
        {
            Reached.Replayed++;
            Reached.ReplayedFromBeside += isInRecord ? 0 : 1;
            if (!done.TryGetValue(command.CommandId, out var first) || first.Version != version)
            {
                Faults.Add($"{command.CommandId} is answered with {version} of another one");
            }
        }
        else if (decision.Refusal is { Code: SessionErrorCode.CommandTooOld } refusal)
        {
            Reached.TooOld++;
            if (done.TryGetValue(command.CommandId, out var first) && now - first.At <= Window)
            {
                Faults.Add($"{command.CommandId} has lost its answer {now - first.At} after it was done");
            }

            // A refusal is true: only what says that it is older than the window is refused.
            if (command.CommandId.IssuedAt > now - Window || refusal.ActualVersion != record.Version)
            {
                Faults.Add($"{command.CommandId} of {command.CommandId.IssuedAt:u} is refused at {now:u}: {refusal.Message}");
            }
        }
        else
        {
            Faults.Add($"{decision.Refusal?.Code}: {decision.Refusal?.Message}");
        }
    }

    /// <summary>What is due is done, as a sweep does it.</summary>
    private void Pass(DateTimeOffset now)
    {
        var decision = SessionRules.LetTimePass(record, Given.Facts(now));
        record = kept.Commit(record, decision)!;
        if (AnswerRules.ForgetAt(record.History) <= now)
        {
            Faults.Add("answers are due that were looked at just now");
        }
    }

    private sealed record Sending(SessionCommand Command);
}
