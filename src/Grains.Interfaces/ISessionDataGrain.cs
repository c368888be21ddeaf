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
}
