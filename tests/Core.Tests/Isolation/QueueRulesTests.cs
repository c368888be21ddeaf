using Sessions.Core.Isolation;

namespace Sessions.Core.Tests.Isolation;

/// <summary>What may be asked of a line, and how long anybody waits in it.</summary>
public class QueueRulesTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SessionNamespace Here = SessionNamespace.Parse("acme/prod");
    private static readonly AdmissionQueue Queue = new(10, TimeSpan.FromMinutes(10));

    private static readonly EnterQueue Request = new()
    {
        Session = SessionId.New(),
        Command = new() { Actor = Principal.Parse("alice") },
        Wait = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public void Request_ThatIsWellFormed_HasNoFault() => Assert.Empty(QueueRules.FindFaults(Here, Request));

    [Fact]
    public void Request_WithManyFaults_NamesThemAll()
    {
        var request = new EnterQueue
        {
            Command = new() { CommandId = default, Reason = "a\0" },
            Wait = TimeSpan.FromMilliseconds(999),
            Ticket = new(SessionId.New(), CommandId.New(), Now, Now),
        };

        Assert.Equal(["session", "commandId", "actor", "reason", "wait", "ticket"], QueueRules.FindFaults(Here, request).Select(fault => fault.Field));
        Assert.Equal(["namespace"], QueueRules.FindFaults(default, Request).Select(fault => fault.Field));
        Assert.Equal(["namespace"], QueueRules.FindFaults(Here, null).Select(fault => fault.Field));
        Assert.Equal(["wait"], QueueRules.FindFaults(Here, Request with { Wait = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1) }).Select(fault => fault.Field));
    }

    [Fact]
    public void FirstEntering_BeginsNow_AndWaitsNoLongerThanThePolicyPermits()
    {
        Assert.Equal((Now, Now.AddMinutes(1)), QueueRules.TimesOf(Request, Queue, Now));
        Assert.Equal((Now, Now.AddMinutes(10)), QueueRules.TimesOf(Request with { Wait = TimeSpan.FromHours(1) }, Queue, Now));
    }

    [Fact]
    public void Ticket_GivesBackWhatItSays_ButNoTimeToComeAndNoMoreThanThePolicyPermits()
    {
        Assert.Equal((Now.AddMinutes(-3), Now.AddMinutes(4)), QueueRules.TimesOf(With(-3, 4), Queue, Now));
        Assert.Equal((Now, Now.AddMinutes(10)), QueueRules.TimesOf(With(5, 60), Queue, Now));
        Assert.Equal((Now.AddMinutes(-9), Now.AddMinutes(-1)), QueueRules.TimesOf(With(-9, -1), Queue, Now));
    }

    [Fact]
    public void Session_IsPastWaiting_OnceItIsLiveOrHasEnded() => Assert.Equal(
        [SessionStatus.Requested, SessionStatus.Creating, SessionStatus.Created],
        Enum.GetValues<SessionStatus>().Where(status => status != SessionStatus.Invalid && !QueueRules.IsPastWaiting(status)));

    private static EnterQueue With(int since, int deadline) =>
        Request with { Ticket = new(Request.Session, Request.Command.CommandId, Now.AddMinutes(since), Now.AddMinutes(deadline)) };
}
