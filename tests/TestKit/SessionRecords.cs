using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

/// <summary>Makes saves as the rules make them: every record is one that a session can really have.</summary>
public static class SessionRecords
{
    /// <summary>When sessions begin unless told otherwise; with all seven digits, so that lost ones are noticed.</summary>
    public static readonly DateTimeOffset Start = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_567);

    /// <summary>A session's first save, in the state Created.</summary>
    internal static SessionSave Create(
        SessionId? id = null,
        string @namespace = "acme/test",
        string creator = "alice",
        SessionOverrides? overrides = null,
        DateTimeOffset? at = null) => Decide(
            id ?? SessionId.New(),
            null,
            new CreateSession { Actor = Principal.Parse(creator), Specification = Specify(@namespace, creator, overrides) },
            at ?? Start);

    /// <summary>A session's first save, in the state Requested.</summary>
    internal static SessionSave Request(
        SessionId? id = null,
        string @namespace = "acme/test",
        string creator = "alice",
        SessionOverrides? overrides = null,
        DateTimeOffset? at = null) => Decide(
            id ?? SessionId.New(),
            null,
            new RequestSession { Actor = Principal.Parse(creator), Specification = Specify(@namespace, creator, overrides) },
            at ?? Start);

    /// <summary>The save that a command leads to, one second after the change before unless told otherwise.</summary>
    /// <exception cref="InvalidOperationException">The rules refuse the command.</exception>
    internal static SessionSave Next(SessionRecord record, SessionCommand command, DateTimeOffset? at = null) =>
        Decide(record.Id, record, command, at ?? record.ChangedAt.AddSeconds(1));

    /// <summary>The saves that commands lead to, one after the other.</summary>
    internal static IReadOnlyList<SessionSave> Chain(SessionSave first, params SessionCommand[] commands)
    {
        var saves = new List<SessionSave> { first };
        foreach (var command in commands)
        {
            saves.Add(Next(saves[^1].Record, command));
        }

        return saves;
    }

    /// <summary>A whole life: created, activated, paused, resumed, renewed and closed; six saves, seven events.</summary>
    internal static IReadOnlyList<SessionSave> Life(SessionSave? first = null, string actor = "alice")
    {
        var who = Principal.Parse(actor);
        return Chain(
            first ?? Create(creator: actor),
            new ActivateSession { Actor = who },
            new PauseSession { Actor = who, Reason = "lunch" },
            new ResumeSession { Actor = who },
            new RenewSession { Actor = who, By = TimeSpan.FromMinutes(5) },
            new CloseSession { Actor = who, Reason = "done" });
    }

    /// <summary>The save that logs so many executions and changes nothing else.</summary>
    internal static SessionSave Log(SessionRecord record, int executions)
    {
        var next = record with { Version = record.Version + 1, LastExecution = record.LastExecution + executions };
        return new SessionSave(next, [])
        {
            Executions = [.. Enumerable.Range(1, executions).Select(n => Execution(record.LastExecution + n))],
        };
    }

    /// <summary>The save by which an activation takes the right to grant.</summary>
    internal static SessionSave Grant(SessionRecord record) => new(
        record with { Version = record.Version + 1, Grant = new GrantMark { Epoch = record.Version + 1, Executions = 10 } }, []);

    private static ExecutionRecord Execution(long sequence) => new()
    {
        Sequence = sequence,
        Function = FunctionName.Parse($"eval.step-{sequence % 7}"),
        StartedAt = Start.AddTicks(-(Start.Ticks % TimeSpan.TicksPerMicrosecond)).AddMicroseconds(sequence),
        Duration = TimeSpan.FromTicks(sequence * 3),
        Outcome = (ExecutionOutcome)(1 + (sequence % 4)),
        Depth = (int)(sequence % 3),
    };

    /// <summary>Takes the right to grant over as another activation would.</summary>
    internal static async Task TakeOver(this ISessionStore store, SessionId id)
    {
        var record = await store.ReadAsync(id, CancellationToken.None) ?? throw new InvalidOperationException($"There is no session {id}.");
        var next = GrantRules.Claim(record, default, record.ChangedAt);
        if (await store.SaveAsync(new SessionSave(next, []), CancellationToken.None) != SaveOutcome.Saved)
        {
            throw new InvalidOperationException($"Session {id} was changed meanwhile.");
        }
    }

    private static SessionSpecification Specify(string @namespace, string creator, SessionOverrides? overrides) => new()
    {
        Namespace = SessionNamespace.Parse(@namespace),
        Creator = Principal.Parse(creator),
        Overrides = overrides ?? SessionOverrides.None,
    };

    private static SessionSave Decide(SessionId id, SessionRecord? record, SessionCommand command, DateTimeOffset at)
    {
        var decision = SessionRules.Decide(id, record, command, new DecisionFacts { Now = at, Found = new FoundAnswer(long.MaxValue, null) });
        return decision.Next is { } next
            ? new SessionSave(next, decision.Events)
            {
                LiveChange = Liveness.Change(record, next),
                Answers = AnswerChanges.Between(record, next, decision.TakesBack),
            }
            : throw new InvalidOperationException($"The rules do not take the command: {decision.Refusal}");
    }
}
