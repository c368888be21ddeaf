using System.Collections.Immutable;

namespace Sessions.Client.Tests;

/// <summary>Operations over many sessions as a client starts, follows and cancels them.</summary>
public sealed class OperationTests : IDisposable
{
    private static readonly OperationId Id = OperationId.Parse("o-00000000000000000000000001");
    private static readonly SessionQuery Query = new() { Namespace = SessionNamespace.Parse("acme/test") };

    private readonly TestClient test = new(new ScriptedGrain());

    private ScriptedOperation Grain => test.OperationGrain;

    private ScriptedSearch Search => test.SearchGrain;

    public void Dispose() => test.Dispose();

    [Fact]
    public async Task Close_all_and_pause_all_Start_what_is_stated()
    {
        Grain.Replies.Enqueue(Reply(1));
        Grain.Replies.Enqueue(Reply(1));

        var close = await test.Client.CloseAllAsync(Query, new() { Id = Id, Reason = "why", Actor = Principal.Parse("bob") });
        var pause = await test.Client.PauseAllAsync(Query);

        Assert.Equal((Id, 1L), (close.Id, close.LastSeen!.Version));
        Assert.False(pause.Id.IsDefault);
        Assert.Equal(
            [
                new StartOperation { Verb = SessionVerb.Close, Query = Query, Actor = Principal.Parse("bob"), Reason = "why" },
                new StartOperation { Verb = SessionVerb.Pause, Query = Query, Actor = Principal.Parse("tester") },
            ],
            Grain.Started);
        Assert.Equal([close.Id, pause.Id], Grain.Asked);
    }

    [Fact]
    public async Task Start_of_unknown_outcome_Is_repeated_under_the_same_id()
    {
        Grain.Replies.Enqueue(new OperationReply { Refusal = Unavailable });
        Grain.Replies.Enqueue(Reply(3));

        var operation = await test.SucceedsAsync(test.Client.CloseAllAsync(Query));

        Assert.Equal([operation.Id, operation.Id], Grain.Asked);
        Assert.Equal(Grain.Started[0], Grain.Started[1]);
    }

    [Fact]
    public async Task Query_without_a_namespace_Is_refused_before_it_is_sent()
    {
        var refusal = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => test.Client.CloseAllAsync(SessionQuery.All, new() { Reason = "a\nb" }));

        Assert.Equal(["reason", "namespace"], refusal.Faults.Select(fault => fault.Field));
        Assert.Equal(
            "namespace", (await Assert.ThrowsAsync<InvalidConfigurationException>(() => test.Client.PreviewAllAsync(SessionVerb.Close, SessionQuery.All))).Faults.Single().Field);
        Assert.Equal(
            "verb", (await Assert.ThrowsAsync<InvalidConfigurationException>(() => test.Client.PreviewAllAsync(SessionVerb.Renew, Query))).Faults.Single().Field);
        Assert.Empty(Grain.Asked);
    }

    [Fact]
    public async Task Progress_Is_what_is_new_until_the_end()
    {
        Grain.Replies.Enqueue(Reply(4));
        Grain.Replies.Enqueue(Reply(4));
        Grain.Replies.Enqueue(Reply(6));
        Grain.Replies.Enqueue(Reply(9, OperationStatus.Done));
        var operation = test.Client.GetOperation(Id);

        var seen = new List<OperationSnapshot>();
        await foreach (var snapshot in operation.ProgressAsync())
        {
            seen.Add(snapshot);
        }

        Assert.Equal([4L, 6L, 9L], seen.Select(snapshot => snapshot.Version));
        Assert.Equal([4L, 4L, 6L], Grain.Awaited.Select(wait => wait.Version));
        Assert.All(Grain.Awaited, wait => Assert.InRange(wait.Patience, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10)));
        Assert.Equal(9, operation.LastSeen!.Version);
    }

    [Fact]
    public async Task Wait_whose_silo_is_lost_Goes_on_with_another()
    {
        Grain.Replies.Enqueue(Reply(4));
        Grain.Replies.Enqueue(new OperationReply { Refusal = Unavailable });
        Grain.Replies.Enqueue(Reply(5, OperationStatus.Cancelled));

        var last = await test.SucceedsAsync(test.Client.GetOperation(Id).WaitAsync());

        Assert.Equal(OperationStatus.Cancelled, last.Status);
    }

    [Fact]
    public async Task Older_answer_that_comes_later_Does_not_replace_the_newest()
    {
        Grain.Replies.Enqueue(Reply(7));
        Grain.Replies.Enqueue(Reply(6));
        var operation = test.Client.GetOperation(Id);

        await operation.GetAsync();
        await operation.GetAsync();

        Assert.Equal(7, operation.LastSeen!.Version);
    }

    [Fact]
    public async Task Cancel_Says_who_and_why()
    {
        Grain.Replies.Enqueue(Reply(2, OperationStatus.Cancelling));

        var snapshot = await test.Client.GetOperation(Id).CancelAsync("a mistake");

        Assert.Equal(OperationStatus.Cancelling, snapshot.Status);
        Assert.Equal(new CancelOperation { Actor = Principal.Parse("tester"), Reason = "a mistake" }, Grain.Cancelled.Single());
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => test.Client.GetOperation(Id).CancelAsync(new string('x', 481)));
    }

    [Fact]
    public async Task Operation_that_is_not_there_Is_refused_by_its_type()
    {
        Grain.Replies.Enqueue(new OperationReply { Refusal = new() { Code = SessionErrorCode.OperationNotFound, Message = "no" } });

        await Assert.ThrowsAsync<OperationNotFoundException>(() => test.Client.GetOperation(Id).GetAsync());
    }

    [Fact]
    public async Task List_Goes_from_page_to_page()
    {
        var place = new OperationPlace(test.Start, Id);
        Grain.Pages.Enqueue(new OperationPage { Operations = [Reply(1).Operation!], Next = place });
        Grain.Pages.Enqueue(new OperationPage { Operations = [Reply(2).Operation!] });

        var versions = new List<long>();
        await foreach (var operation in test.Client.ListOperationsAsync(SessionNamespace.Parse("acme"), Principal.Parse("bob")))
        {
            versions.Add(operation.Version);
        }

        Assert.Equal([1L, 2L], versions);
        Assert.Equal([null, place], Grain.Listed.Select(list => list.After));
        Assert.All(Grain.Listed, list => Assert.Equal((SessionNamespace.Parse("acme"), Principal.Parse("bob")), (list.Namespace, list.Actor!.Value)));
    }

    [Fact]
    public async Task Preview_Counts_and_shows_those_that_would_be_told()
    {
        Search.Counts.Enqueue(new SessionCount { ByStatus = ImmutableSortedDictionary<SessionStatus, long>.Empty.Add(SessionStatus.Active, 30) });
        Search.Pages.Enqueue(new SessionPage { Next = "more" });
        Search.Pages.Enqueue(new SessionPage { Sessions = [.. Enumerable.Range(0, 25).Select(_ => new SessionSnapshot { Id = SessionId.New() })], Next = "more" });

        var preview = await test.Client.PreviewAllAsync(SessionVerb.Pause, Query);

        Assert.Equal((30L, 20), (preview.Total, preview.First.Length));
        Assert.Equal([SessionStatus.Active], Search.Counted.Single().Query.Statuses.AsEnumerable());
        Assert.Equal(test.Start, Search.Counted.Single().Query.RequestedBefore);
        Assert.All(Search.Listed, list => Assert.Equal(SessionOrder.OldestFirst, list.Order));
        Assert.Empty(Grain.Started);
    }

    private static SessionError Unavailable => new() { Code = SessionErrorCode.Unavailable, Message = "no answer" };

    private static OperationReply Reply(long version, OperationStatus status = OperationStatus.Running) =>
        new() { Operation = new OperationSnapshot { Id = Id, Version = version, Status = status } };
}
