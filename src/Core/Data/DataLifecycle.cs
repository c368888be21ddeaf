namespace Sessions.Core.Data;

/// <summary>How a session comes to have data, and how it loses it.</summary>
internal static class DataLifecycle
{
    /// <summary>When the data is to be dropped; null while the session goes on or has none.</summary>
    public static DateTimeOffset? DropAt(SessionRecord record) =>
        record is { HasData: true, EndedAt: { } ended } ? ended + (record.DataRetention ?? TimeSpan.Zero) : null;

    /// <summary>Whether there is nothing to show any more, dropped already or not.</summary>
    public static bool IsGone(SessionRecord record, DateTimeOffset now) =>
        Lifecycle.IsFinal(record.Status) && (DropAt(record) is not { } at || at <= now);

    /// <summary>Notes that there may be data from now on, and how long it stays after the end. No event reports it.</summary>
    public static Decision Begin(SessionRecord record, TimeSpan retention, DateTimeOffset now) =>
        record.HasData || !DataLimits.IsOpen(record.Status)
            ? Decision.None
            : Decision.Commit(
                record with { Version = record.Version + 1, ChangedAt = now, HasData = true, DataRetention = retention }, []);

    /// <summary>Notes that there is none any more, and so nothing left to do.</summary>
    public static Decision End(SessionRecord record, DateTimeOffset now) => record.HasData && IsGone(record, now)
        ? Decision.Commit(
            record with
            {
                Version = record.Version + 1,
                ChangedAt = now,
                HasData = false,
                Accesses = [],
                Usage = record.Usage with { DataBytes = 0 },
            },
            [])
        : Decision.None;
}
