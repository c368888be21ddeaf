using Orleans.Concurrency;

namespace Sessions.Grains.Data;

/// <summary>How the grain of one session reaches for another's data. Not for clients: who asks is what the asking grain says.</summary>
[Alias("sessions.ISessionDataPeerGrain")]
internal interface ISessionDataPeerGrain : IGrainWithStringKey
{
    /// <summary>Judges, logs, and does it.</summary>
    /// <param name="caller">The session that reaches out; what it may do is judged already.</param>
    /// <param name="callerNamespace">Where that lives.</param>
    /// <param name="request">What it wants.</param>
    /// <param name="admitOnly">Whether to judge and log only.</param>
    [Alias("Share"), AlwaysInterleave]
    ValueTask<DataReply> Share(SessionId caller, SessionNamespace callerNamespace, DataRequest request, bool admitOnly);

    /// <summary>Judges, and says why; changes nothing and logs nothing.</summary>
    [Alias("Judge"), AlwaysInterleave]
    ValueTask<DataDecision> Judge(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request);
}
