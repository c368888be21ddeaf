using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Grains.Storage;

namespace Sessions.TestKit;

/// <content>What is due, as the store behind has it.</content>
public sealed partial class FaultyStore : IDueSessions
{
    private readonly ConcurrentDictionary<SessionId, int> claims = new();

    /// <summary>
    /// How often a sweep has claimed a session, to wake its grain; counted before the claim is written, so that whoever sees the session
    /// put off sees the count too. Over a store that judges once.
    /// </summary>
    public int ClaimsOf(SessionId id) => claims.GetValueOrDefault(id);

    private IDueSessions Due => (IDueSessions)inner;

    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken) =>
        Due.ReadDueNamespacesAsync(after, limit, cancellationToken);

    public ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken) =>
        Due.TakeDueAsync(question, record => Count(record.Id, judge(record)), cancellationToken);

    private DueAnswer Count(SessionId id, DueAnswer answer)
    {
        if (answer.Wakes)
        {
            claims.AddOrUpdate(id, 1, (_, before) => before + 1);
        }

        return answer;
    }
}
