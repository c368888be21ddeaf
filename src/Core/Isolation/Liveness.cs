namespace Sessions.Core.Isolation;

/// <summary>Which sessions a namespace's maximum counts.</summary>
internal static class Liveness
{
    /// <summary>Whether a session in <paramref name="status"/> counts.</summary>
    public static bool IsLive(SessionStatus? status) => status is SessionStatus.Activating or SessionStatus.Active or SessionStatus.Paused;

    /// <summary>By how much a change of one session changes the count: −1, 0 or 1.</summary>
    public static int Change(SessionRecord? before, SessionRecord after) => (IsLive(after.Status) ? 1 : 0) - (IsLive(before?.Status) ? 1 : 0);
}
