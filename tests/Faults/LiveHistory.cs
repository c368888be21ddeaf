using Npgsql;
using Sessions.Core;

namespace Sessions.Faults;

/// <summary>Tells from the log how many sessions were live after each transaction, and from the rows how many are.</summary>
/// <remarks>
/// Whoever makes a session live or ends it holds the counter from before its events are written until the commit, so that among those
/// the order of cursors is the order of commits. Within one transaction only its whole effect was ever seen by anybody.
/// </remarks>
internal static class LiveHistory
{
    /// <summary>The most that were ever live at one moment, how many are at the end, and how often one came or went.</summary>
    public static async Task<(int Most, int Last, int Changes)> ReadAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT session_id, type, xid::text FROM sessions.session_event ORDER BY cursor");
        await using var reader = await command.ExecuteReaderAsync();
        var events = new List<(string Session, string Type, string Transaction)>();
        while (await reader.ReadAsync())
        {
            events.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        return Count(events);
    }

    /// <inheritdoc cref="ReadAsync"/>
    public static (int Most, int Last, int Changes) Count(IEnumerable<(string Session, string Type, string Transaction)> events)
    {
        var live = new HashSet<string>();
        var changing = new List<(string Transaction, int Change)>();
        foreach (var (session, type, transaction) in events)
        {
            var change = type switch
            {
                nameof(SessionEventType.SessionActivated) => live.Add(session) ? 1 : 0,
                nameof(SessionEventType.SessionClosing) or nameof(SessionEventType.SessionExpired) => live.Remove(session) ? -1 : 0,
                _ => 0,
            };
            if (change != 0)
            {
                changing.Add((transaction, change));
            }
        }

        var (most, now) = (0, 0);
        foreach (var batch in changing.GroupBy(one => one.Transaction))
        {
            now += batch.Sum(one => one.Change);
            most = Math.Max(most, now);
        }

        return (most, now, changing.Count);
    }

    /// <summary>How many are live by the rows themselves.</summary>
    public static async Task<long> CountRowsAsync(NpgsqlDataSource source)
    {
        int[] live = [(int)SessionStatus.Activating, (int)SessionStatus.Active, (int)SessionStatus.Paused];
        await using var command = source.CreateCommand("SELECT count(*) FROM sessions.session WHERE status = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = live });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
