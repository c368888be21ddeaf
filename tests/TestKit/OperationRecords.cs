using System.Collections.Immutable;
using Sessions.Core.Operations;

namespace Sessions.TestKit;

/// <summary>Operations as they are stored.</summary>
internal static class OperationRecords
{
    /// <summary>The next version, in which nothing was answered: the sign of life of an operation that waits for answers.</summary>
    public static OperationRecord Touch(OperationRecord record, DateTimeOffset now) =>
        OperationRules.Answer(record, ImmutableDictionary<SessionId, SessionError?>.Empty, now);
}
