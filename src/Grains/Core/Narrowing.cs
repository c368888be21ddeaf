namespace Sessions.Core;

internal static class Narrowing
{
    public static bool IsNarrowing(SessionRecord before, SessionRecord after) => before.Status == SessionStatus.Active && after.Status != SessionStatus.Active;
}
