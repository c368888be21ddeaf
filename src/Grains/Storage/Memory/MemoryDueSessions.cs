using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Grains.Storage.Memory;

/// <summary>Due sessions in memory. A batch is one turn under the lock, so nobody ever holds anything that another one could want.</summary>
internal sealed class MemoryDueSessions(MemoryDatabase database) : IDueSessions
{
    /// <inheritdoc/>
    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult<ImmutableArray<DueNamespace>>([.. database.Due.NamespacesAfter(after).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken)
    {
        StoreArguments.CheckDue(question, judge);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            var taken = question.Namespaces.ToImmutableDictionary(
                name => name, name => database.Due.DueBy(question.Now, name).Take(question.Share).ToArray());

            // Everything is judged before anything is done, so that a judge who fails has done nothing.
            var answers = taken.Values.SelectMany(sessions => sessions)
                .Select(database.Get)
                .Select(entry => (Entry: entry, Answer: judge(entry.Read())))
                .ToArray();
            foreach (var (_, answer) in answers)
            {
                if (answer.Save is { } save)
                {
                    StoreArguments.CheckSave(save);
                }
            }

            foreach (var (entry, answer) in answers)
            {
                if (answer.Save is { } save)
                {
                    database.Write(entry, save);
                }
                else if (!answer.Deletes)
                {
                    database.Due.Set(entry, DueTime.Stored(answer.DueAt));
                }
            }

            MemoryEntry[] gone = [.. answers.Where(one => one.Answer.Deletes).Select(one => one.Entry)];
            database.Delete(gone);
            return ValueTask.FromResult(new DueBatch
            {
                Taken = taken.Where(one => one.Value.Length > 0).ToImmutableDictionary(one => one.Key, one => one.Value.Length),
                Saves = [.. answers.Select(one => one.Answer.Save).OfType<SessionSave>()],
                ToWake = [.. answers.Where(one => one.Answer.Wakes).Select(one => one.Entry.Record.Id)],
                PutOff = answers.Count(one => one.Answer is { Save: null, Wakes: false, Deletes: false }),
                Deleted = gone.Length,
            });
        }
    }
}
