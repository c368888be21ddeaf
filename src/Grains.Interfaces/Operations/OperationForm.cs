using System.Collections.Immutable;

namespace Sessions;

/// <summary>What an operation may be asked for, and which sessions it means then. Judged by clients before they ask and by the silo again.</summary>
internal static class OperationForm
{
    /// <summary>The longest reason: with the operation's id before it, it is the reason of a command.</summary>
    public const int MaxReasonLength = 480;

    private const int MaxPage = 1000;

    // What the life cycle has a move for. A session that was reserved only is not closed but cancelled, by whom it is reserved for.
    private static readonly ImmutableArray<SessionStatus> Closable =
        [SessionStatus.Creating, SessionStatus.Created, SessionStatus.Activating, SessionStatus.Active, SessionStatus.Paused];

    private static readonly ImmutableArray<SessionStatus> Pausable = [SessionStatus.Active];

    /// <summary>The states in which a session can do what it is told; empty for a verb that no operation has.</summary>
    public static ImmutableArray<SessionStatus> StatusesFor(SessionVerb verb) => verb switch
    {
        SessionVerb.Close => Closable,
        SessionVerb.Pause => Pausable,
        _ => [],
    };

    /// <summary>All that is wrong with a request to start an operation.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(OperationId id, StartOperation? request)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (request is null)
        {
            return [new("request", "is missing")];
        }

        faults.Require(!id.IsDefault, "operation", "is missing");
        faults.Require(request.Actor.IsValid, "actor", "is missing or not a principal");
        CheckReason(faults, request.Reason);
        faults.AddRange(SearchRules.FindFaults(request.Query));

        // Over everything there is, a slip would close the sessions of all tenants.
        faults.Require(
            request.Query.Namespace is not null,
            "namespace",
            "is missing; an operation is about the sessions of one namespace, with or without those below it");
        var statuses = StatusesFor(request.Verb);
        if (statuses.IsEmpty)
        {
            faults.Add(new("verb", $"is {request.Verb}; an operation can Close or Pause"));
        }
        else if (!request.Query.Statuses.IsEmpty && !request.Query.Statuses.Any(statuses.Contains))
        {
            faults.Add(new("statuses", $"names no state in which {request.Verb} is legal: {string.Join(", ", statuses)}"));
        }

        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with a request to cancel an operation.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(CancelOperation? request)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(request is { Actor.IsValid: true }, "actor", "is missing or not a principal");
        CheckReason(faults, request?.Reason);
        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with a request for a page of operations.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(ListOperations? request)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(request is { Namespace.IsDefault: false }, "namespace", "is missing");
        faults.Require(request?.Actor is null or { IsValid: true }, "actor", "is not a principal");
        faults.Require(request?.Limit is null or (>= 1 and <= MaxPage), "limit", $"is {request?.Limit}, not between 1 and {MaxPage}");
        faults.Require(request?.After is null or { Id.IsDefault: false }, "after", "is no operation's place");
        return faults.ToImmutable();
    }

    /// <summary>The sessions of a query that can do what they are told, and that were there before <paramref name="start"/>.</summary>
    public static SessionQuery Meant(SessionVerb verb, SessionQuery query, DateTimeOffset start)
    {
        var statuses = StatusesFor(verb);
        return query with
        {
            Statuses = query.Statuses.IsEmpty ? statuses : [.. query.Statuses.Where(statuses.Contains)],

            // Otherwise an operation would have no end where sessions are made as fast as they are closed.
            RequestedBefore = query.RequestedBefore < start ? query.RequestedBefore : start,
        };
    }

    private static void CheckReason(ImmutableArray<ConfigurationFault>.Builder faults, string? reason)
    {
        if (reason is not null && TextRules.FindFault(reason, 0, MaxReasonLength) is { } problem)
        {
            faults.Add(new("reason", problem));
        }
    }
}
