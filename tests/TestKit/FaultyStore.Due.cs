using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Storage;

namespace Sessions.TestKit;

/// <content>What is due, as the store behind has it.</content>
public sealed partial class FaultyStore : IDueSessions
{
    private IDueSessions Due => (IDueSessions)inner;

    public ValueTask<ImmutableArray<DueNamespace>> ReadDueNamespacesAsync(
        SessionNamespace? after, int limit, CancellationToken cancellationToken) =>
        Due.ReadDueNamespacesAsync(after, limit, cancellationToken);

    public ValueTask<DueBatch> TakeDueAsync(
        DueQuestion question, Func<SessionRecord, DueAnswer> judge, CancellationToken cancellationToken) =>
        Due.TakeDueAsync(question, judge, cancellationToken);
}
