using Sessions.Core;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>The counters of live sessions. One writer changes them, each in the transaction of what it counts.</summary>
internal static class LiveLimits
{
    private const string Read = "SELECT maximum, live FROM live_limit WHERE namespace = ?1";

    private const string Change = "UPDATE live_limit SET live = live + ?2 WHERE namespace = ?1";

    /// <summary>The outermost counter that has reached its maximum; null if one more may be live.</summary>
    public static LiveCount? FindFull(WriteSession session, SessionNamespace[] levels)
    {
        foreach (var level in levels)
        {
            using var limit = session.Use(Read).Bind(1, level.ToString());
            if (limit.Step() && limit.Int64(1) >= limit.Int64(0))
            {
                return new LiveCount(level, limit.Int64(0), limit.Int64(1));
            }
        }

        return null;
    }

    public static void Count(WriteSession session, SessionNamespace[] levels, int change)
    {
        foreach (var level in levels)
        {
            session.Use(Change).Bind(1, level.ToString()).Bind(2, change).Run();
        }
    }
}
