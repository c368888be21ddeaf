using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <content>What is due. A batch is one turn under the lock, so nobody ever holds anything that another one could want.</content>
public sealed partial class MemorySessionStore : IDueSessions
{
    private static readonly IComparer<(DateTimeOffset DueAt, SessionId Id)> ByTimeThenId =
        Comparer<(DateTimeOffset DueAt, SessionId Id)>.Create((a, b) => (a.DueAt, a.Id).CompareTo((b.DueAt, b.Id)));

    private readonly SortedDictionary<string, SortedSet<(DateTimeOffset DueAt, SessionId Id)>> due = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return ValueTask.FromResult<ImmutableArray<DueNamespace>>([.. due
                .Where(sessions => string.CompareOrdinal(sessions.Key, after?.ToString() ?? "") > 0)
                .Take(limit)
                .Select(sessions => new DueNamespace(SessionNamespace.Parse(sessions.Key), sessions.Value.Min.DueAt))]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDue(question, judge);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var taken = question.Namespaces.ToImmutableDictionary(
                name => name,
                name => (due.GetValueOrDefault(name.ToString()) ?? []).TakeWhile(one => one.DueAt <= question.Now).Take(question.Share).ToArray());

            // Everything is judged before anything is done, so that a judge who fails has done nothing.
            var answers = taken.Values.SelectMany(sessions => sessions)
                .Select(one => entries[one.Id])
                .Select(entry => (Entry: entry, Answer: judge(entry.Data.Overlay(entry.Record))))
                .ToArray();
            foreach (var (_, answer) in answers)
            {
                if (answer.Save is { } save)
                {
                    StoreArguments.CheckSave(save);
                }
            }

            var gone = new HashSet<SessionId>();
            foreach (var (entry, answer) in answers)
            {
                if (answer.Save is { } save)
                {
                    Write(entry, save);
                    Count(save);
                }
                else if (answer.Deletes)
                {
                    SetDue(entry, null);
                    Place(entry.Record, null);
                    entries.Remove(entry.Record.Id);
                    gone.Add(entry.Record.Id);
                }
                else
                {
                    SetDue(entry, DueTime.Stored(answer.DueAt));
                }
            }

            if (gone.Count > 0)
            {
                log.RemoveAll(logged => gone.Contains(logged.Event.SessionId));
            }

            return ValueTask.FromResult(new DueBatch
            {
                Taken = taken.Where(one => one.Value.Length > 0).ToImmutableDictionary(one => one.Key, one => one.Value.Length),
                Saves = [.. answers.Select(one => one.Answer.Save).OfType<SessionSave>()],
                ToWake = [.. answers.Where(one => one.Answer.Wakes).Select(one => one.Entry.Record.Id)],
                PutOff = answers.Count(one => one.Answer is { Save: null, Wakes: false, Deletes: false }),
                Deleted = gone.Count,
            });
        }
    }

    private void SetDue(Entry entry, DateTimeOffset? dueAt)
    {
        var name = entry.Record.Namespace.ToString();
        if (entry.DueAt is { } before && due.TryGetValue(name, out var others))
        {
            others.Remove((before, entry.Record.Id));
            if (others.Count == 0)
            {
                due.Remove(name);
            }
        }

        entry.DueAt = dueAt;
        if (dueAt is { } next)
        {
            if (!due.TryGetValue(name, out var sessions))
            {
                due.Add(name, sessions = new(ByTimeThenId));
            }

            sessions.Add((next, entry.Record.Id));
        }
    }
}
