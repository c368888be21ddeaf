using Orleans.Concurrency;

namespace Sessions;

/// <summary>The data of a session, keyed by the text of its <see cref="SessionId"/>. Refusals are values in the reply.</summary>
[Alias("sessions.ISessionDataGrain")]
public interface ISessionDataGrain : IGrainWithStringKey
{
    /// <summary>
    /// Reads or writes the session's own data. It can be written while the session is Created, Active or Paused, and read until it is
    /// dropped.
    /// </summary>
    [Alias("Access"), AlwaysInterleave]
    ValueTask<DataReply> Access(DataRequest request);

    /// <summary>
    /// Reads or writes another session's data on behalf of this one, if this one may, the other's rules let it, and so do the policies of
    /// the other's namespace. Both logs have it before anything is handed out.
    /// </summary>
    [Alias("Reach"), AlwaysInterleave]
    ValueTask<DataReply> Reach(SessionId other, DataRequest request);

    /// <summary>Whether <see cref="Reach"/> would be let, and which rules decide. Changes nothing and logs nothing.</summary>
    [Alias("Explain"), AlwaysInterleave]
    ValueTask<DataDecision> Explain(SessionId other, DataAccessRequest request);
}
