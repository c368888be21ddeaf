using System.Collections.Immutable;
using Sessions.Core.Operations;
using Sessions.Core.Search;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Operations;

public class OperationRulesTests
{
    private static readonly DateTimeOffset Now = Given.Start;
    private static readonly OperationId Id = OperationId.Parse("o-00000000000000000000000001");
    private static readonly SearchPosition Place = new(Now, Session(9));

    private static readonly StartOperation CloseAll = new()
    {
        Verb = SessionVerb.Close,
        Query = new() { Namespace = Given.Namespace },
        Actor = Given.Alice,
        Reason = "the end of the term",
    };

    private static readonly OperationRecord Started = Start(CloseAll);
    private static readonly OperationRecord Searching = OperationRules.Counted(Started, 3, Now);

    [Fact]
    public void Request_Started_IsARunningOperationThatBegins()
    {
        var shown = Started.Shown;

        Assert.Equal((Id, 1L, OperationStatus.Running, SessionVerb.Close), (shown.Id, shown.Version, shown.Status, shown.Verb));
        Assert.Equal((Given.Alice, "the end of the term", Now, Now), (shown.Actor, shown.Reason, shown.StartedAt, shown.UpdatedAt));
        Assert.Equal(OperationStep.Count, OperationRules.NextStep(Started));
    }

    [Fact]
    public void Request_Repeated_FindsTheOperationAsItIs()
    {
        var later = OperationRules.Take(Searching, [Session(1)], Place, Now);

        Assert.Same(later, OperationRules.Start(Id, later, CloseAll, Now.AddHours(1)).Next);
    }

    [Fact]
    public void AnotherRequest_UnderTheSameId_IsAConflict()
    {
        Assert.Equal(SessionErrorCode.CommandConflict, RefusalOf(Started, CloseAll with { Reason = "another" }));
        Assert.Equal(SessionErrorCode.CommandConflict, RefusalOf(Started, CloseAll with { Verb = SessionVerb.Pause }));
        Assert.Equal(SessionErrorCode.CommandConflict, RefusalOf(Started, CloseAll with { Query = CloseAll.Query with { IncludeBelow = false } }));
    }

    [Fact]
    public void EveryVerbOfAnOperation_MeansTheStatesInWhichTheLifeCycleHasIt()
    {
        foreach (var verb in Given.Verbs)
        {
            var legal = Given.Statuses.Where(status => Lifecycle.LegalIn(status).Contains(verb));
            Assert.Equal(verb is SessionVerb.Close or SessionVerb.Pause ? legal : [], OperationForm.StatusesFor(verb));
        }
    }

    [Fact]
    public void Query_Narrowed_LeavesOutWhatCannotBeDoneAndWhatCameLater()
    {
        Assert.Equal([SessionStatus.Active], Start(CloseAll with { Verb = SessionVerb.Pause }).Shown.Query.Statuses.AsEnumerable());
        Assert.Equal(
            [SessionStatus.Paused],
            Start(CloseAll with { Query = CloseAll.Query with { Statuses = [SessionStatus.Closed, SessionStatus.Paused] } }).Shown.Query.Statuses.AsEnumerable());
        Assert.Equal(Now, Started.Shown.Query.RequestedBefore);
        Assert.Equal(Now, Start(CloseAll with { Query = CloseAll.Query with { RequestedBefore = Now.AddDays(1) } }).Shown.Query.RequestedBefore);
        Assert.Equal(
            Now.AddDays(-1),
            Start(CloseAll with { Query = CloseAll.Query with { RequestedBefore = Now.AddDays(-1) } }).Shown.Query.RequestedBefore);
    }

    [Fact]
    public void BadRequest_Started_IsRefusedWithAllItsFaults()
    {
        var refusal = OperationRules.Start(
            default, null, new StartOperation { Verb = SessionVerb.Renew, Reason = new string('x', 481) }, Now).Refusal!;

        Assert.Equal(SessionErrorCode.InvalidConfiguration, refusal.Code);
        Assert.Equal(["operation", "actor", "reason", "namespace", "verb"], refusal.Faults.Select(fault => fault.Field));
        Assert.Equal("statuses", Assert.Single(Faults(CloseAll with { Query = CloseAll.Query with { Statuses = [SessionStatus.Closed] } })).Field);
        Assert.Equal("request", Assert.Single(OperationRules.Start(Id, null, null, Now).Refusal!.Faults).Field);
        Assert.Empty(Faults(CloseAll with { Reason = new string('x', 480) }));
    }

    [Fact]
    public void Steps_Taken_CountFindTellAndEnd()
    {
        var found = OperationRules.Take(Searching, [Session(1), Session(2)], Place, Now);
        var nothing = OperationRules.Take(Searching, [], Place, Now);
        var last = OperationRules.Take(Answered(found), [Session(3)], null, Now);
        var done = OperationRules.Answer(last, All(last, null), Now.AddMinutes(1));

        Assert.Equal(OperationStep.Find, OperationRules.NextStep(Searching));
        Assert.Equal(OperationStep.Tell, OperationRules.NextStep(found));
        Assert.Equal((OperationStep.Find, Place), (OperationRules.NextStep(nothing), nothing.After));
        Assert.Equal(OperationStep.Find, OperationRules.NextStep(Answered(found)));
        Assert.Equal(OperationStep.Tell, OperationRules.NextStep(last));
        Assert.Equal(OperationStep.None, OperationRules.NextStep(done));
        Assert.Equal((OperationStatus.Done, 3L, 3L, 0L), (done.Shown.Status, done.Shown.Done, done.Shown.Answered, done.Shown.Refused));
        Assert.Equal((Now.AddMinutes(1), 3L), (done.Shown.EndedAt, done.Shown.Total));
    }

    [Fact]
    public void NoSessionAtAll_IsDoneAtOnce() =>
        Assert.Equal(OperationStatus.Done, OperationRules.Take(Searching, [], null, Now).Shown.Status);

    [Fact]
    public void Answers_Counted_AreDoneSkippedOrRefused()
    {
        var batch = OperationRules.Take(Searching, Enumerable.Range(1, 6).Select(Session), null, Now);

        var next = OperationRules.Answer(
            batch,
            new Dictionary<SessionId, SessionError?>
            {
                [Session(1)] = null,
                [Session(2)] = Error(SessionErrorCode.InvalidTransition),
                [Session(3)] = Error(SessionErrorCode.SessionNotFound),
                [Session(4)] = Error(SessionErrorCode.PolicyViolation),
                [Session(5)] = Error(SessionErrorCode.Unavailable),
                [Session(77)] = null,
            },
            Now);

        Assert.Equal((1L, 2L, 1L), (next.Shown.Done, next.Shown.Skipped, next.Shown.Refused));
        Assert.Equal((Session(4), SessionErrorCode.PolicyViolation), (next.Shown.Refusals.Single().SessionId!.Value, next.Shown.Refusals.Single().Code));
        Assert.Equal([new(Session(5), Now) { TakenAt = Now }, new(Session(6)) { TakenAt = Now }], next.Batch.AsEnumerable());
        Assert.False(OperationRules.HasToWait(next));
    }

    [Fact]
    public void Refusals_Counted_AreKeptUpToTheLastFew()
    {
        var batch = OperationRules.Take(Searching, Enumerable.Range(1, 9).Select(Session), null, Now);

        var next = OperationRules.Answer(batch, All(batch, Error(SessionErrorCode.PermissionDenied)), Now);

        Assert.Equal(9, next.Shown.Refused);
        Assert.Equal([5, 6, 7, 8, 9], next.Shown.Refusals.Select(refusal => Number(refusal.SessionId!.Value)));
    }

    [Fact]
    public void SessionWithoutAnAnswer_GoesAlongWithOthers_AndCountsAsRefusedAfterAMinute()
    {
        var batch = OperationRules.Take(Searching, [Session(1)], Place, Now);
        var once = OperationRules.Answer(batch, All(batch, Error(SessionErrorCode.Unavailable)), Now);
        var withOthers = OperationRules.Take(once, [Session(2)], null, Now);
        var alone = OperationRules.Answer(withOthers, new Dictionary<SessionId, SessionError?> { [Session(2)] = null }, Now);
        var still = OperationRules.Answer(alone, All(alone, Error(SessionErrorCode.Internal)), Now + OperationRules.Patience - TimeSpan.FromTicks(1));
        var given = OperationRules.Answer(still, All(still, Error(SessionErrorCode.Unavailable)), Now + OperationRules.Patience);

        Assert.Equal(OperationStep.Find, OperationRules.NextStep(once));
        Assert.Equal([Session(1), Session(2)], withOthers.Batch.Select(session => session.Id));
        Assert.Equal((OperationStep.Tell, false), (OperationRules.NextStep(withOthers), OperationRules.HasToWait(withOthers)));
        Assert.Equal((OperationStep.Tell, true), (OperationRules.NextStep(alone), OperationRules.HasToWait(alone)));
        Assert.Equal((OperationStatus.Running, Now), (still.Shown.Status, still.Batch.Single().UnansweredSince));
        Assert.Equal((OperationStatus.Done, 1L, 1L), (given.Shown.Status, given.Shown.Done, given.Shown.Refused));
    }

    [Fact]
    public void ManyWithoutAnAnswer_LeaveNoRoomForMore()
    {
        var batch = OperationRules.Take(Searching, Enumerable.Range(1, OperationRules.BatchSize).Select(Session), Place, Now);

        var none = OperationRules.Answer(batch, All(batch, Error(SessionErrorCode.Unavailable)), Now);

        Assert.Equal((OperationStep.Tell, true, 0), (OperationRules.NextStep(none), OperationRules.HasToWait(none), OperationRules.Room(none)));
    }

    [Fact]
    public void Cancelled_TellsNobodyMore_AndCountsWhatIsAnswered()
    {
        var batch = OperationRules.Take(Searching, [Session(1), Session(2)], null, Now);
        var request = new CancelOperation { Actor = Principal.Parse("bob"), Reason = "a mistake" };

        var cancelling = OperationRules.Cancel(Id, batch, request, Now).Next!;
        var answered = OperationRules.Answer(cancelling, new Dictionary<SessionId, SessionError?> { [Session(1)] = null }, Now);
        var ended = OperationRules.EndCancelled(answered, Now);

        Assert.Equal((OperationStatus.Cancelling, OperationStep.End), (cancelling.Shown.Status, OperationRules.NextStep(answered)));
        Assert.Equal(new SessionCause(Principal.Parse("bob"), "a mistake", null), ended.Shown.Cancellation);
        Assert.Equal((OperationStatus.Cancelled, 1L, Now), (ended.Shown.Status, ended.Shown.Answered, ended.Shown.EndedAt));
        Assert.Equal((0, OperationStep.None), (ended.Batch.Length, OperationRules.NextStep(ended)));
        Assert.Same(ended, OperationRules.Cancel(Id, ended, request, Now).Next);
        Assert.Same(cancelling, OperationRules.Cancel(Id, cancelling, request with { Reason = "again" }, Now).Next);
    }

    [Fact]
    public void CancelOfWhatIsNotThere_OrByNobody_IsRefused()
    {
        Assert.Equal(SessionErrorCode.OperationNotFound, OperationRules.Cancel(Id, null, new() { Actor = Given.Alice }, Now).Refusal!.Code);
        Assert.Equal(
            ["actor", "reason"],
            OperationRules.Cancel(Id, Started, new() { Reason = "\n" }, Now).Refusal!.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public void Command_OfASession_IsTheSameEachTimeAndItsOwn()
    {
        var (shown, other) = (Started.Shown, Start(CloseAll with { Verb = SessionVerb.Pause }).Shown);
        var command = OperationRules.CommandFor(shown, Batched(1));

        Assert.Equal(command, OperationRules.CommandFor(Searching.Shown, Batched(1)));
        Assert.Equal((Given.Alice, $"{Id}: the end of the term", SessionVerb.Close), (command.Actor, command.Reason, command.Verb));
        Assert.Equal(Id.ToString(), OperationRules.CommandFor(shown with { Reason = null }, Batched(1)).Reason);
        Assert.Equal(SessionVerb.Pause, OperationRules.CommandFor(other, Batched(1)).Verb);
        Assert.Equal(
            5,
            new[]
            {
                command,
                OperationRules.CommandFor(shown, Batched(2)),
                OperationRules.CommandFor(shown with { Id = OperationId.Parse("o-00000000000000000000000002") }, Batched(1)),
                OperationRules.CommandFor(shown with { StartedAt = Now.AddTicks(1) }, Batched(1)),
                OperationRules.CommandFor(shown, Batched(1) with { TakenAt = null }),
            }.DistinctBy(one => one.CommandId).Count());

        static BatchedSession Batched(int n) => new(Session(n)) { TakenAt = Now };
    }

    [Fact]
    public void Command_OfASession_StatesWhenTheSessionWasTakenInHand()
    {
        // By that a session which has forgotten the command knows that it is an old one. The time at which the operation began would not
        // do: an operation may go on for hours, and its later commands would be refused.
        var later = Now.AddHours(3);
        var batch = OperationRules.Take(Searching, [Session(1)], null, later).Batch;
        var command = OperationRules.CommandFor(Searching.Shown, Assert.Single(batch));

        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(later.ToUnixTimeMilliseconds()), command.CommandId.IssuedAt);
        Assert.Equal(command, OperationRules.CommandFor(Searching.Shown, batch[0] with { UnansweredSince = later.AddMinutes(4) }));
    }

    [Fact]
    public void LongestReason_IsOneThatSessionsTake()
    {
        var shown = Start(CloseAll with { Reason = new string('x', OperationForm.MaxReasonLength) }).Shown;

        var closed = SessionRules.Decide(
            Given.Id, Given.SessionIn(SessionStatus.Active, provisioned: false), OperationRules.CommandFor(shown, new BatchedSession(Given.Id)), Given.Facts());

        Assert.Equal(SessionStatus.Closed, closed.Next?.Status);
    }

    private static OperationRecord Start(StartOperation request) => OperationRules.Start(Id, null, request, Now).Next!;

    private static SessionErrorCode RefusalOf(OperationRecord record, StartOperation request) =>
        OperationRules.Start(Id, record, request, Now).Refusal!.Code;

    private static ImmutableArray<ConfigurationFault> Faults(StartOperation request) => OperationForm.FindFaults(Id, request);

    private static OperationRecord Answered(OperationRecord record) => OperationRules.Answer(record, All(record, null), Now);

    private static Dictionary<SessionId, SessionError?> All(OperationRecord record, SessionError? answer) =>
        record.Batch.ToDictionary(session => session.Id, _ => answer);

    private static SessionError Error(SessionErrorCode code) => new() { Code = code, Message = "No." };

    private static SessionId Session(int number) => SessionId.Parse($"s-{number:D26}");

    private static int Number(SessionId id) => int.Parse(id.ToString()[2..], null);
}
