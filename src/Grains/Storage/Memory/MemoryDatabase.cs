using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>
/// What the ports in memory share: the sessions, and the indexes that change with them. Everything here is read and written under
/// <see cref="Gate"/> only.
/// </summary>
internal sealed class MemoryDatabase
{
    private readonly Dictionary<SessionId, MemoryEntry> entries = [];

    /// <summary>Held by a port for the whole of each call.</summary>
    public Lock Gate { get; } = new();

    public DueIndex Due { get; } = new();

    public EventSequence Log { get; } = new();

    public PlaceIndex Places { get; } = new();

    public LiveCounters Limits { get; } = new();

    public IEnumerable<MemoryEntry> Entries => entries.Values;

    /// <summary>The session; null if there is none.</summary>
    public MemoryEntry? Find(SessionId id) => entries.GetValueOrDefault(id);

    /// <summary>The session, of which an index knows.</summary>
    public MemoryEntry Get(SessionId id) => entries[id];

    /// <summary>Writes a save with all that depends on it: the indexes, the log and the counters of live sessions.</summary>
    public void Write(MemoryEntry entry, SessionSave save)
    {
        Places.Move(entry.Record, save.Record);
        entry.Record = save.Record;
        entry.Events.AddRange(save.Events);
        Log.Append(save.Events);
        entry.Log(save.Executions);
        if (!save.Answers.IsEmpty)
        {
            entry.Keep(save.Answers);
        }

        entries[save.Record.Id] = entry;
        Due.Set(entry, DueTime.Of(save.Record));
        Limits.Count(save);
    }

    /// <summary>Deletes sessions with their logs, executions and data.</summary>
    public void Delete(IReadOnlyCollection<MemoryEntry> gone)
    {
        foreach (var entry in gone)
        {
            Due.Set(entry, null);
            Places.Move(entry.Record, null);
            entries.Remove(entry.Record.Id);
        }

        if (gone.Count > 0)
        {
            Log.Remove(gone.Select(entry => entry.Record.Id).ToHashSet());
        }
    }
}
