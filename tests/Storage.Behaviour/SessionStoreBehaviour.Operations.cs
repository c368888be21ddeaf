using System.Text.Json;
using Sessions.Core.Operations;
using Sessions.Core.Search;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <content>Operations over many sessions.</content>
public abstract partial class SessionStoreBehaviour
{
    private static readonly DateTimeOffset Begin = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_567);

    private IOperationStore Operations => storage.Operations;

    [BehaviourFact]
    public async Task NoOperation_Read_GivesNull() => Assert.Null(await Operations.ReadOperationAsync(OperationId.New(), default));

    [BehaviourFact]
    public async Task EveryVersionOfAnOperation_SavedAndRead_IsEqual()
    {
        var (one, two) = (SessionId.New(), SessionId.New());
        var started = Operation(NewNamespace(), reason: "Ünïcode \"quoted\" 🎈");
        var counted = OperationRules.Counted(started, 12_345_678_901, Begin);
        var taken = OperationRules.Take(counted, [one, two], new SearchPosition(Begin, two), Begin);
        var answers = new Dictionary<SessionId, SessionError?>
        {
            [one] = new() { Code = SessionErrorCode.PermissionDenied, Rule = "owner", Message = "No.", RetryAfter = TimeSpan.FromTicks(7) },
            [two] = new() { Code = SessionErrorCode.Unavailable },
        };
        var answered = OperationRules.Answer(taken, answers, Begin.AddTicks(3));
        var cancelling = OperationRules.Cancel(started.Shown.Id, answered, new() { Actor = Alice, Reason = "enough" }, Begin).Next!;

        foreach (var version in (OperationRecord[])[started, counted, taken, answered, cancelling, OperationRules.EndCancelled(cancelling, Begin)])
        {
            Assert.True(await Operations.SaveOperationAsync(version, default));
            Assert.Equal(Json(version), Json((await Operations.ReadOperationAsync(started.Shown.Id, default))!));
        }

        static string Json(OperationRecord operation) => JsonSerializer.Serialize(operation);
    }

    [BehaviourFact]
    public async Task Operation_SavedOverAnotherVersion_IsNotWritten()
    {
        var started = Operation(NewNamespace());
        var next = OperationRules.Counted(started, 5, Begin);

        Assert.False(await Operations.SaveOperationAsync(next, default));
        Assert.True(await Operations.SaveOperationAsync(started, default));
        Assert.False(await Operations.SaveOperationAsync(started, default));
        Assert.True(await Operations.SaveOperationAsync(next, default));
        Assert.False(await Operations.SaveOperationAsync(OperationRules.Counted(started, 6, Begin), default));
        Assert.False(await Operations.SaveOperationAsync(OperationRecords.Touch(OperationRecords.Touch(next, Begin), Begin), default));

        Assert.Equal(5, (await Operations.ReadOperationAsync(started.Shown.Id, default))!.Shown.Total);
    }

    [BehaviourFact]
    public async Task ManyThatSaveAtOnce_OneWinsEachVersion()
    {
        var started = Operation(NewNamespace());
        Assert.True(await Operations.SaveOperationAsync(started, default));
        var other = (await OpenAsync()).Operations;

        var won = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            var (writer, count) = (n % 2 == 0 ? Operations : other, 0);
            for (var i = 0; i < 10; i++)
            {
                var newest = (await writer.ReadOperationAsync(started.Shown.Id, default))!;
                count += await writer.SaveOperationAsync(OperationRecords.Touch(newest, Begin), default) ? 1 : 0;
            }

            return count;
        })));

        Assert.Equal(1 + won.Sum(), (await Operations.ReadOperationAsync(started.Shown.Id, default))!.Shown.Version);
    }

    [BehaviourFact]
    public async Task Operations_Listed_AreThoseOfANamespaceAndBelow_LatestFirst()
    {
        var name = NewNamespace();
        var bob = Principal.Parse("bob");
        OperationRecord[] all =
        [
            Operation(name, start: Begin.AddSeconds(2)),
            Operation(Below(name, "deep"), start: Begin.AddSeconds(2), actor: bob),
            Operation(Below(name, "deep/er"), start: Begin.AddSeconds(3)),
            Operation(name, start: Begin.AddSeconds(1), actor: bob),

            // Within one microsecond the ids decide, in every store.
            Operation(name, start: Begin.AddTicks(1)),
            Operation(name, start: Begin),
        ];
        OperationRecord[] others = [Operation(SessionNamespace.Parse(name + "-x")), Operation(NewNamespace())];
        foreach (var operation in all.Concat(others))
        {
            await Operations.SaveOperationAsync(operation, default);
        }

        var expected = all.OrderByDescending(operation => (operation.Shown.StartedAt.UtcTicks / TimeSpan.TicksPerMicrosecond, operation.Shown.Id))
            .Select(operation => operation.Shown.Id).ToList();

        Assert.Equal(expected, await ListAsync(name, null, 100));
        Assert.Equal(expected, await ListAsync(name, null, 1));
        Assert.Equal(expected, await ListAsync(name, null, 4));
        Assert.Equal(expected.Where(id => all.Single(one => one.Shown.Id == id).Shown.Actor == bob), await ListAsync(name, bob, 1));
        Assert.Equal([all[2].Shown.Id], await ListAsync(Below(name, "deep/er"), null, 10));
        Assert.Empty(await ListAsync(Below(name, "dee"), null, 10));
    }

    [BehaviourFact]
    public async Task OperationsThatNobodyTouched_Looked_AreFoundUntilTheyEnd()
    {
        var running = Operation(NewNamespace());
        await Operations.SaveOperationAsync(running, default);

        Assert.Contains(running.Shown.Id, await Operations.FindStalledOperationsAsync(TimeSpan.Zero, 1000, default));
        Assert.DoesNotContain(running.Shown.Id, await Operations.FindStalledOperationsAsync(TimeSpan.FromHours(1), 1000, default));
        await Eventually.TrueAsync(
            async () => (await Operations.FindStalledOperationsAsync(TimeSpan.FromMilliseconds(300), 1000, default)).Contains(running.Shown.Id),
            "the operation counts as stalled");

        // A touch makes it young again.
        var touched = OperationRecords.Touch(running, Begin);
        await Operations.SaveOperationAsync(touched, default);
        Assert.DoesNotContain(running.Shown.Id, await Operations.FindStalledOperationsAsync(TimeSpan.FromSeconds(30), 1000, default));

        await Operations.SaveOperationAsync(OperationRules.EndCancelled(touched, Begin), default);
        Assert.DoesNotContain(running.Shown.Id, await Operations.FindStalledOperationsAsync(TimeSpan.Zero, 1000, default));
    }

    [BehaviourFact]
    public async Task OperationsThatEnded_Forgotten_AreGone_AndThoseThatRunStay()
    {
        var (running, ended) = (Operation(NewNamespace()), Operation(NewNamespace()));
        await Operations.SaveOperationAsync(running, default);
        await Operations.SaveOperationAsync(ended, default);
        await Operations.SaveOperationAsync(OperationRules.EndCancelled(ended, Begin), default);

        await Operations.ForgetOperationsAsync(TimeSpan.FromHours(1), 1000, default);
        Assert.NotNull(await Operations.ReadOperationAsync(ended.Shown.Id, default));

        // Other tests of the class end operations too.
        while (await Operations.ForgetOperationsAsync(TimeSpan.Zero, 1, default) > 0)
        {
        }

        Assert.Null(await Operations.ReadOperationAsync(ended.Shown.Id, default));
        Assert.NotNull(await Operations.ReadOperationAsync(running.Shown.Id, default));

        // An id that is free again is free.
        Assert.True(await Operations.SaveOperationAsync(ended, default));
    }

    [BehaviourFact]
    public async Task MalformedOperation_Saved_IsAMistakeOfTheProgram()
    {
        var good = Operation(NewNamespace());

        await Assert.ThrowsAsync<ArgumentException>(() => Operations.SaveOperationAsync(good with { Shown = good.Shown with { Id = default } }, default).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Operations.SaveOperationAsync(good with { Shown = good.Shown with { Version = 0 } }, default).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Operations.SaveOperationAsync(good with { Shown = good.Shown with { Query = SessionQuery.All } }, default).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Operations.ListOperationsAsync(NewNamespace(), null, null, 1001, default).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Operations.FindStalledOperationsAsync(TimeSpan.Zero, 0, default).AsTask());
    }

    private async Task<List<OperationId>> ListAsync(SessionNamespace within, Principal? actor, int limit)
    {
        var (all, after) = (new List<OperationId>(), (OperationPlace?)null);
        while (true)
        {
            var page = await Operations.ListOperationsAsync(within, actor, after, limit, default);
            all.AddRange(page.Select(operation => operation.Shown.Id));
            if (page.Length < limit)
            {
                return all;
            }

            after = new OperationPlace(page[^1].Shown.StartedAt, page[^1].Shown.Id);
        }
    }

    private static OperationRecord Operation(
        SessionNamespace @namespace, DateTimeOffset? start = null, Principal? actor = null, string? reason = null) => OperationRules.Start(
            OperationId.New(),
            null,
            new StartOperation
            {
                Verb = SessionVerb.Close,
                Query = new()
                {
                    Namespace = @namespace,
                    Labels = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("team", "x"),
                    Text = "größe",
                    Template = TemplateReference.Parse("notebook@3"),
                },
                Actor = actor ?? Alice,
                Reason = reason,
            },
            start ?? Begin).Next!;
}
