using System.Collections.Immutable;
using System.Text;
using Sessions.Core;
using Sessions.Core.Data;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The data of one session in memory. Its owner sees to it that one comes in at a time.</summary>
internal sealed class DataRoom
{
    private readonly SortedDictionary<string, DataValue> values = new(KeyOrder.Instance);
    private readonly List<(Guid Token, long Version)> writes = [];
    private readonly Dictionary<Guid, long> kept = [];
    private AnswerHistory? history;
    private long bytes;

    /// <summary>How often it was changed.</summary>
    public long Version { get; private set; }

    /// <summary>The record with what its data really takes.</summary>
    public SessionRecord Overlay(SessionRecord record) =>
        Version == 0 ? record : record with { Usage = record.Usage with { DataBytes = bytes } };

    public DataReading Read(DataKey key) => new(Version, values.GetValueOrDefault(key.ToString()));

    public ImmutableArray<DataEntry> List(string prefix, DataKey? after, int limit) =>
    [
        .. values
            .Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)
                && (after is not { } last || KeyOrder.Instance.Compare(one.Key, last.ToString()) > 0))
            .Take(limit)
            .Select(one => new DataEntry(one.Value.Key, one.Value.Version, one.Value.Value.Length)),
    ];

    public DataChange Write(SessionRecord record, DataWrite write)
    {
        var (token, key, limit) = (write.Token(), write.Key.ToString(), DataLimits.Of(record));
        var present = values.GetValueOrDefault(key);
        var again = Find(write);
        if (again.Version != 0)
        {
            return again.Token == token
                ? Answer(DataOutcome.Written, again.Version)
                : Answer(DataOutcome.Reused, present?.Version ?? 0);
        }

        if (AnswerRules.MayBeForgotten(history, write.CommandId))
        {
            return Answer(DataOutcome.TooOld, present?.Version ?? 0);
        }

        var more = (write.Value is { } put ? Size(key, put) : 0) - (present is null ? 0 : Size(key, present.Value));
        var outcome = !DataLimits.IsOpen(record.Status) ? DataOutcome.NotOpen
            : write.ExpectedVersion is { } expected && expected != (present?.Version ?? 0) ? DataOutcome.Conflict
            : more > 0 && bytes + more > limit ? DataOutcome.Full
            : DataOutcome.Written;
        if (outcome != DataOutcome.Written)
        {
            return Answer(outcome, present?.Version ?? 0);
        }

        (Version, bytes) = (Version + 1, bytes + more);
        values.Remove(key);
        if (write.Value is { } value)
        {
            values[key] = new DataValue { Key = write.Key, Version = Version, Value = value };
        }

        Remember(DataAnswerStep.Of(history, writes.Count, writes is [var first, ..] ? first.Version : 0, Version - 1, write));
        writes.Add((token, Version));
        writes.RemoveRange(0, Math.Max(0, writes.Count - DataWrite.Remembered));
        return Answer(outcome, Version);

        DataChange Answer(DataOutcome what, long of) => new(what, of, Version, bytes, limit, record.Status);
    }

    public void Drop()
    {
        values.Clear();
        kept.Clear();
        bytes = 0;
    }

    /// <summary>What is remembered of a write under the same id; no version if nothing is.</summary>
    private (Guid Token, long Version) Find(DataWrite write)
    {
        var (first, last) = write.TokensOfId();
        var held = writes.FirstOrDefault(made => IsOfId(made.Token));
        return held.Version != 0 || !AnswerRules.MayBeKept(history, write.CommandId)
            ? held
            : kept.Where(made => IsOfId(made.Key)).Select(made => (made.Key, made.Value)).FirstOrDefault();

        bool IsOfId(Guid token) => token >= first && token <= last;
    }

    private void Remember(DataAnswerStep step)
    {
        foreach (var (token, _) in kept.Where(one => one.Value <= step.ForgottenUpTo).ToArray())
        {
            kept.Remove(token);
        }

        if (step.KeepsFirst)
        {
            kept[writes[0].Token] = writes[0].Version;
        }

        history = step.History;
    }

    private static int Size(string key, ImmutableArray<byte> value) => Encoding.UTF8.GetByteCount(key) + value.Length;
}
