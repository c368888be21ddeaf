using System.Collections.Immutable;

namespace Sessions.Core.Events;

/// <summary>What may be asked of a log.</summary>
internal static class FeedRules
{
    /// <summary>The most events of one answer.</summary>
    public const int MaxPage = 1000;

    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(10);

    /// <summary>Why a tenant's feed does not answer; null if it does.</summary>
    public static SessionError? Refuse(string tenant, EventQuery? query, EventCursor after, int limit)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (query is null || query.Namespace.IsDefault)
        {
            faults.Add(new("namespace", "is missing"));
        }

        if (!after.IsValid)
        {
            faults.Add(new("cursor", "is none"));
        }

        AddLimitFault(faults, limit);
        return faults.Count > 0 ? SessionError.InvalidConfiguration(null, faults.ToImmutable())
            : query!.Namespace.Tenant != tenant ? OfAnotherTenant(query.Namespace, tenant)
            : null;
    }

    /// <summary>Why a session's log does not answer; null if it does.</summary>
    public static SessionError? Refuse(SessionId id, long afterSequence, int limit)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (afterSequence < 0)
        {
            faults.Add(new("afterSequence", $"is {afterSequence}, below 0"));
        }

        AddLimitFault(faults, limit);
        return faults.Count > 0 ? SessionError.InvalidConfiguration(id, faults.ToImmutable()) : null;
    }

    /// <summary>The refusal of a cursor that no reader of this log can have.</summary>
    public static SessionError Ahead(EventCursor cursor) =>
        SessionError.InvalidConfiguration(null, [new("cursor", $"is {cursor}, which lies ahead of the log: it was read from another one")]);

    /// <summary>The refusal of a sequence that the session has not come to.</summary>
    public static SessionError Ahead(SessionId id, long afterSequence) =>
        SessionError.InvalidConfiguration(id, [new("afterSequence", $"is {afterSequence}, which lies ahead of the log")]);

    /// <summary>How long a question may wait for its answer.</summary>
    public static TimeSpan Patience(TimeSpan asked) => asked < TimeSpan.Zero ? TimeSpan.Zero : asked < MaxPatience ? asked : MaxPatience;

    /// <summary>The refusal of what belongs to another tenant.</summary>
    public static SessionError OfAnotherTenant(SessionNamespace @namespace, string tenant) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        Rule = "tenant",
        Message = $"The events of {@namespace} are not those of the tenant {tenant}.",
    };

    private static void AddLimitFault(ImmutableArray<ConfigurationFault>.Builder faults, int limit)
    {
        if (limit is < 1 or > MaxPage)
        {
            faults.Add(new("limit", $"is {limit}, not between 1 and {MaxPage}"));
        }
    }
}
