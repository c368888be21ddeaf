using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

internal static class SessionGrainExtensions
{
    /// <summary>Waits until the session is shown in <paramref name="status"/>.</summary>
    public static async Task<SessionSnapshot> Reaches(this ISessionGrain grain, SessionStatus status) =>
        (await Eventually.Get(() => grain.Get(0), reply => reply.Snapshot?.Status == status, $"the session is {status}")).Snapshot!;
}
