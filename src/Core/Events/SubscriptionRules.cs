using System.Collections.Immutable;

namespace Sessions.Core.Events;

/// <summary>What becomes of a durable subscription.</summary>
/// <param name="Next">The subscription from now on; null for none.</param>
/// <param name="Refusal">Why nothing became of it.</param>
internal readonly record struct SubscriptionDecision(SubscriptionSnapshot? Next, SessionError? Refusal)
{
    public static implicit operator SubscriptionDecision(SessionError refusal) => new(null, refusal);
}

/// <summary>Who may open, move and delete a durable subscription. Whoever opens it first fixes whose it is and what it reads.</summary>
internal static class SubscriptionRules
{
    /// <summary>Opens a subscription.</summary>
    /// <param name="kept">What there is.</param>
    /// <param name="tenant">Whose subscriptions these are.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="log">Where the log ends, as its newest and final places.</param>
    /// <param name="now">The time.</param>
    public static SubscriptionDecision Open(
        SubscriptionSnapshot? kept, string tenant, SubscriptionRequest request, (EventCursor Newest, EventCursor Horizon) log, DateTimeOffset now)
    {
        if (FindFaults(request) is { IsEmpty: false } faults)
        {
            return SessionError.InvalidConfiguration(null, faults);
        }

        var query = request.Query!;
        if (query.Namespace.Tenant != tenant)
        {
            return FeedRules.OfAnotherTenant(query.Namespace, tenant);
        }

        if (kept is not null)
        {
            return kept.Owner != request.Owner ? NotYours(request.Owner)
                : kept.Namespace != query.Namespace || kept.IncludeBelow != query.IncludeBelow ? Another(kept)
                : new SubscriptionDecision(kept, null);
        }

        if (request.From != EventCursor.End && request.From > log.Newest)
        {
            return FeedRules.Ahead(request.From);
        }

        return new SubscriptionDecision(
            new SubscriptionSnapshot
            {
                Namespace = query.Namespace,
                IncludeBelow = query.IncludeBelow,
                Owner = request.Owner,
                Cursor = request.From == EventCursor.End ? log.Horizon : request.From,
                OpenedAt = now,
            },
            null);
    }

    /// <summary>Moves a subscription's cursor, never back.</summary>
    public static SubscriptionDecision Checkpoint(
        SubscriptionSnapshot? kept, EventCursor cursor, Principal owner, EventCursor newest, DateTimeOffset now) =>
        !owner.IsValid ? OwnerMissing()
        : kept is null ? SessionError.InvalidConfiguration(null, [new("name", "stands for no subscription; it was deleted, or never opened")])
        : kept.Owner != owner ? NotYours(owner)
        : !cursor.IsValid ? SessionError.InvalidConfiguration(null, [new("cursor", "is none")])
        : cursor > newest ? FeedRules.Ahead(cursor)
        : cursor <= kept.Cursor ? new SubscriptionDecision(kept, null)
        : new SubscriptionDecision(kept with { Cursor = cursor, CheckpointAt = now }, null);

    /// <summary>Forgets a subscription.</summary>
    public static SubscriptionDecision Delete(SubscriptionSnapshot? kept, Principal owner) =>
        !owner.IsValid ? OwnerMissing()
        : kept is not null && kept.Owner != owner ? NotYours(owner) : new SubscriptionDecision(null, null);

    private static ImmutableArray<ConfigurationFault> FindFaults(SubscriptionRequest? request)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (request?.Query is not { Namespace.IsDefault: false })
        {
            faults.Add(new("namespace", "is missing"));
        }

        if (request is not { Owner.IsValid: true })
        {
            faults.Add(new("owner", "is missing or not a principal"));
        }

        if (request is { From.IsValid: false })
        {
            faults.Add(new("from", "is no cursor"));
        }

        return faults.ToImmutable();
    }

    private static SessionError OwnerMissing() =>
        SessionError.InvalidConfiguration(null, [new("owner", "is missing or not a principal")]);

    private static SessionError NotYours(Principal owner) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        Rule = "owner",
        Message = $"The subscription is not {owner}'s.",
    };

    private static SessionError Another(SubscriptionSnapshot kept) => SessionError.InvalidConfiguration(
        null,
        [new("namespace", $"is another than that of the subscription, {kept.Namespace}{(kept.IncludeBelow ? " with all below" : " alone")}; choose another name, or delete it first")]);
}
