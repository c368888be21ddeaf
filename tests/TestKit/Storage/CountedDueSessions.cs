using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>Due sessions, as the store behind has them; counts the claims.</summary>
internal sealed class CountedDueSessions(IDueSessions inner) : IDueSessions
{
    private readonly ConcurrentDictionary<SessionId, int> claims = new();

    /// <summary>
    /// How often a sweep has claimed a session, to wake its grain; counted before the claim is written, so that whoever sees the session
    /// put off sees the count too. Over a store that judges once.
    /// </summary>
    public int ClaimsOf(SessionId id) => claims.GetValueOrDefault(id);

    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken) =>
        inner.ReadDueNamespacesAsync(after, limit, cancellationToken);

    public ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken) =>
        inner.TakeDueAsync(question, record => Count(record.Id, judge(record)), cancellationToken);

    private DueAnswer Count(SessionId id, DueAnswer answer)
    {
        if (answer.Wakes)
        {
            claims.AddOrUpdate(id, 1, (_, before) => before + 1);
        }

        return answer;
    }
}
