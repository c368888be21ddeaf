namespace Sessions.Storage;

/// <summary>What every store refuses before it does anything: mistakes of the program, not of the moment.</summary>
internal static class StoreArguments
{
    private const int MaxLimit = 1000;

    public static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
    }

    /// <summary>Otherwise a log with holes, or events of another session, could be committed with the record.</summary>
    public static void CheckSave(SessionSave save)
    {
        ArgumentNullException.ThrowIfNull(save);
        var (record, events) = save;
        if (record.Id.IsDefault || record.Version < 1)
        {
            throw new ArgumentException("A record is saved under an id and at a version from 1.", nameof(save));
        }

        if (events.IsDefault)
        {
            throw new ArgumentException("A save without events has an empty array of them.", nameof(save));
        }

        var sequence = record.LastSequence - events.Length;
        if (sequence < 0)
        {
            throw new ArgumentException("A session's first event has the sequence 1.", nameof(save));
        }

        foreach (var e in events)
        {
            if (e.SessionId != record.Id || e.Sequence != ++sequence)
            {
                throw new ArgumentException("The events of a save are its session's newest, in order and without holes.", nameof(save));
            }
        }
    }
}
