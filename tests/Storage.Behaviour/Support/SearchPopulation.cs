using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;
using Sessions.TestKit;

namespace Sessions.Storage.Behaviour.Support;

/// <summary>Random sessions that are alike in much, and queries that mean some of them.</summary>
internal sealed class SearchPopulation(Random random)
{
    // Names that begin with one another, beside those that lie below one another.
    private static readonly string[] Namespaces = ["acme", "acme/a", "acme/a/b", "acme/a-b", "acme-2", "acme2", "acm", "b"];
    private static readonly string[] Creators = ["alice", "bob", "bo"];
    private static readonly string?[] Templates = [null, null, "nb@1", "nb@2", "nb-2@1"];
    private static readonly string[] Values = ["x", "X", "xx", "Éclair", "a=b"];
    private static readonly string[] Keys = ["team", "Team", "t.e"];
    private static readonly SessionId[] Parents = [SessionId.New(), SessionId.New()];
    private static readonly string[] Texts = ["xx", "TEAM", "ÉC", "=b", "t.", "zz"];

    private readonly Dictionary<SessionId, SessionRecord> records = [];

    public IReadOnlyCollection<SessionRecord> Records => records.Values;

    /// <summary>Adds sessions, some of them at the same instant, in any state that a few commands lead to.</summary>
    public async Task AddAsync(SessionStorage store, int count, string? @namespace = null)
    {
        for (var n = 0; n < count; n++)
        {
            var overrides = new SessionOverrides
            {
                MaxDuration = TimeSpan.FromSeconds(random.Next(60, 64)),
                PauseClock = random.Next(2) == 0 ? PauseClock.Stops : PauseClock.Runs,
                Labels = SomeLabels(),
            };
            var at = SessionRecords.Start.AddSeconds(random.Next(6)).AddTicks(random.Next(2) * 3);
            var within = @namespace ?? Pick(Namespaces);
            var first = random.Next(8) == 0
                ? SessionRecords.Request(@namespace: within, creator: Pick(Creators), overrides: overrides, at: at)
                : SessionRecords.Create(@namespace: within, creator: Pick(Creators), overrides: overrides, at: at);
            var template = Pick(Templates) is { } name ? TemplateReference.Parse(name) : (TemplateReference?)null;
            var parent = random.Next(3) == 0 ? new ParentLink { Id = Pick(Parents), Depth = 1 } : null;
            await SaveAsync(store, first with { Record = first.Record with { Template = template, Parent = parent } });
            await MoveAsync(store, first.Record.Id, random.Next(4));
        }
    }

    /// <summary>Lets some sessions go on in their lives.</summary>
    public async Task MoveAsync(SessionStorage store, int count, IReadOnlyCollection<SessionRecord> except)
    {
        for (var n = 0; n < count; n++)
        {
            var id = records.Keys.ElementAt(random.Next(records.Count));
            if (!except.Any(record => record.Id == id))
            {
                await MoveAsync(store, id, 1);
            }
        }
    }

    /// <summary>Lets the store drop one session that has ended, as it does when retention is over; nothing where there is none.</summary>
    public async Task DropAsync(SessionStorage store, IReadOnlyCollection<SessionRecord> except)
    {
        if (records.Values.FirstOrDefault(record => Lifecycle.IsFinal(record.Status) && !except.Any(one => one.Id == record.Id)) is not { } gone)
        {
            return;
        }

        // Another save with its data's time to go makes it due.
        await SaveAsync(store, new SessionSave(
            gone with { Version = gone.Version + 1, HasData = true, DataRetention = TimeSpan.Zero }, []));
        var question = new DueQuestion(gone.EndedAt!.Value.AddDays(1), [gone.Namespace], 1000, TimeSpan.FromSeconds(15));
        var batch = await store.Due.TakeDueAsync(
            question, record => record.Id == gone.Id ? DueAnswer.Delete : DueAnswer.PutOff(DueTime.Of(record)), default);
        if (batch.Deleted != 1)
        {
            throw new InvalidOperationException($"Session {gone.Id} was not due.");
        }

        records.Remove(gone.Id);
    }

    /// <summary>A query, half of which is left open.</summary>
    public SessionQuery NextQuery()
    {
        var (from, ends) = (random.Next(6), random.Next(60, 68));
        return new()
        {
            Namespace = random.Next(2) == 0 ? SessionNamespace.Parse(Pick(Namespaces)) : null,
            IncludeBelow = random.Next(2) == 0,
            Creator = random.Next(3) == 0 ? Principal.Parse(Pick(Creators)) : null,
            Statuses = random.Next(3) == 0 ? [.. Enum.GetValues<SessionStatus>().Where(s => s > 0 && random.Next(3) == 0)] : [],
            Template = random.Next(4) == 0 ? TemplateReference.Parse(Pick(["nb", "nb@2", "nb-2", "none"])) : null,
            Labels = random.Next(3) == 0 ? SomeLabels() : SessionQuery.All.Labels,
            LabelConditions = random.Next(3) == 0 ? [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => SomeCondition())] : [],
            Parent = random.Next(5) == 0 ? Pick(Parents) : null,
            HasEnd = random.Next(6) == 0 ? random.Next(2) == 0 : null,
            Text = random.Next(4) == 0 ? Pick(Texts) : null,
            RequestedFrom = random.Next(4) == 0 ? SessionRecords.Start.AddSeconds(from).AddTicks(random.Next(12)) : null,
            RequestedBefore = random.Next(4) == 0 ? SessionRecords.Start.AddSeconds(from + random.Next(1, 3)) : null,
            EndsFrom = random.Next(5) == 0 ? SessionRecords.Start.AddSeconds(ends) : null,
            EndsBefore = random.Next(5) == 0 ? SessionRecords.Start.AddSeconds(ends + random.Next(1, 4)) : null,
        };
    }

    private async Task MoveAsync(SessionStorage store, SessionId id, int steps)
    {
        for (var n = 0; n < steps; n++)
        {
            var (record, actor) = (records[id], Principal.Parse("alice"));
            SessionCommand? command = (record.Status, random.Next(3)) switch
            {
                (SessionStatus.Requested, 0) => new CancelSession { Actor = actor },
                (SessionStatus.Requested, _) => new CreateSession { Actor = actor },
                (SessionStatus.Created, 0) => new CloseSession { Actor = actor },
                (SessionStatus.Created, _) => new ActivateSession { Actor = actor },
                (SessionStatus.Active, 0) => new RenewSession { Actor = actor, By = TimeSpan.FromSeconds(1) },
                (SessionStatus.Active, 1) => new PauseSession { Actor = actor },
                (SessionStatus.Active, _) => new CloseSession { Actor = actor },
                (SessionStatus.Paused, 0) => new CloseSession { Actor = actor },
                (SessionStatus.Paused, _) => new ResumeSession { Actor = actor },
                _ => null,
            };
            if (command is not null && record.ChangedAt < record.RequestedAt.AddSeconds(30))
            {
                await SaveAsync(store, SessionRecords.Next(record, command));
            }
        }
    }

    private async Task SaveAsync(SessionStorage store, SessionSave save)
    {
        if (await store.Sessions.SaveAsync(save, default) != SaveOutcome.Saved)
        {
            throw new InvalidOperationException("Nobody else writes these sessions.");
        }

        records[save.Record.Id] = save.Record;
    }

    private ImmutableSortedDictionary<string, string> SomeLabels() => SessionQuery.All.Labels.SetItems(
        Enumerable.Range(0, random.Next(3)).Select(_ => KeyValuePair.Create(Pick(Keys), Pick(Values))));

    private LabelCondition SomeCondition()
    {
        var @operator = Pick([LabelOperator.In, LabelOperator.NotIn, LabelOperator.Exists, LabelOperator.NotExists]);
        return new()
        {
            Key = Pick(Keys),
            Operator = @operator,
            Values = @operator is LabelOperator.In or LabelOperator.NotIn ? [Pick(Values), Pick(Values)] : [],
        };
    }

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];
}
