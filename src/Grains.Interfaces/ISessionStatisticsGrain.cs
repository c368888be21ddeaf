using System.Collections.Immutable;

namespace Sessions;

/// <summary>Questions that the store answers over all sessions. Any silo answers; keyed 0.</summary>
[Alias("sessions.ISessionStatisticsGrain")]
public interface ISessionStatisticsGrain : IGrainWithIntegerKey
{
    /// <summary>The number of sessions in each state, in a namespace and all below it, or in all.</summary>
    [Alias("CountByStatus")]
    ValueTask<ImmutableSortedDictionary<SessionStatus, long>> CountByStatus(SessionNamespace? within);
}
