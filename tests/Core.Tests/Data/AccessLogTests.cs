using Sessions.Core.Data;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Data;

public class AccessLogTests
{
    private static readonly SessionId Peer = SessionId.Parse("s-00000000000000000000000009");
    private static readonly SessionRecord Created = SessionRules.Decide(Given.Id, null, Given.Create(), Given.Facts()).Next!;

    [Theory]
    [InlineData(true, SessionEventType.DataReached)]
    [InlineData(false, SessionEventType.DataShared)]
    public void FirstAccess_Noted_IsOneEventOfBothAndNoneForAnHour(bool reached, SessionEventType type)
    {
        var noted = AccessLog.Note(Created, Peer, DataOperations.Read, reached, Given.Alice, Given.Start);

        var logged = Assert.Single(noted.Events);
        Assert.Equal((type, Peer, DataOperations.Read), (logged.Type, logged.Peer, logged.Operations));
        Assert.Equal((Created.LastSequence + 1, Created.Version + 1, Given.Alice), (logged.Sequence, logged.Version, logged.Cause.Actor));
        Assert.Equal((logged.Sequence, logged.Version, Created.Status), (noted.Next!.LastSequence, noted.Next.Version, noted.Next.Status));
        Assert.Null(AccessLog.Note(noted.Next, Peer, DataOperations.Read, reached, Given.Alice, Given.Start.AddMinutes(59)).Next);
        Assert.NotNull(AccessLog.Note(noted.Next, Peer, DataOperations.Read, reached, Given.Alice, Given.Start.AddHours(1)).Next);
    }

    [Fact]
    public void OtherAccess_ByPeerOrOperationOrDirection_IsNotedToo()
    {
        var noted = AccessLog.Note(Created, Peer, DataOperations.Read, true, Given.Alice, Given.Start).Next!;

        Assert.NotNull(AccessLog.Note(noted, Given.Id, DataOperations.Read, true, Given.Alice, Given.Start).Next);
        Assert.NotNull(AccessLog.Note(noted, Peer, DataOperations.Write, true, Given.Alice, Given.Start).Next);
        Assert.NotNull(AccessLog.Note(noted, Peer, DataOperations.Read, false, Given.Alice, Given.Start).Next);
    }

    [Fact]
    public void ManyPeers_Noted_LeaveARecordThatDoesNotGrowAndKeepsTheNewest()
    {
        var record = Created;
        var peers = Enumerable.Range(0, 200).Select(_ => SessionId.New()).ToList();
        foreach (var peer in peers)
        {
            record = AccessLog.Note(record, peer, DataOperations.Read, true, Given.Alice, Given.Start).Next!;
        }

        Assert.Equal(peers.TakeLast(AccessLog.Kept), record.Accesses.Select(access => access.Peer));
        var later = AccessLog.Note(record, Peer, DataOperations.Read, true, Given.Alice, Given.Start.AddHours(2)).Next!;
        Assert.Equal(Peer, Assert.Single(later.Accesses).Peer);
    }

    [Fact]
    public void Access_OfASessionThatHasEnded_IsNotedAndMovesNothing()
    {
        var closed = SessionRules.Decide(Given.Id, Created, Given.Close(), Given.Facts(Given.Start.AddMinutes(5))).Next!;

        var noted = AccessLog.Note(closed, Peer, DataOperations.Read, false, Given.Alice, Given.Start.AddMinutes(6)).Next!;

        Assert.Equal((closed.Status, closed.EndedAt, closed.LastChange), (noted.Status, noted.EndedAt, noted.LastChange));
    }
}
