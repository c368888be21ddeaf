using System.Collections.Immutable;

namespace Sessions;

/// <summary>Everything that the judging of an admission looks at, as it stands at one moment.</summary>
public readonly record struct AdmissionFacts
{
    /// <summary>Which session.</summary>
    public required SessionId SessionId { get; init; }

    /// <summary>Its version.</summary>
    public long Version { get; init; }

    /// <summary>Its state; Invalid where there is no such session.</summary>
    public SessionStatus Status { get; init; }

    /// <summary>How long it may still run; zero or less when its time is up, null where its end is open.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>When its time was up, for the refusal to name.</summary>
    public DateTimeOffset? ExpiredAt { get; init; }

    /// <summary>What its configuration lets executions do.</summary>
    public SessionPermissions Permissions { get; init; }

    /// <summary>What the namespace lets executions do.</summary>
    public SessionPermissions PolicyPermissions { get; init; }

    /// <inheritdoc cref="SessionConfiguration.FunctionPatterns"/>
    public ImmutableArray<string> FunctionPatterns { get => field.IsDefault ? [] : field; init; }

    /// <summary>Its quotas, for the refusal to name.</summary>
    public SessionQuotas? Quotas { get; init; }

    /// <summary>What is left of them.</summary>
    public QuotaMargins Left { get; init; }

    /// <summary>When to ask again, should a quota that refills be what refuses.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>
/// The one place that judges admissions, for the session's grain and for the holders of leases alike: status, expiry, permission,
/// function, depth, quotas, policy, in this order, and the first that does not pass refuses. Of the quotas those that are used up for good come
/// before those that come free with time: a caller told to wait for one of these would only be refused by another then.
/// </summary>
public static class AdmissionRules
{
    /// <summary>How deep executions may nest.</summary>
    public const int MaxDepth = 16;

    /// <summary>The first step that refuses; null if none does. Allocates nothing.</summary>
    /// <remarks>
    /// The form of the request is not looked at again, see <see cref="FindFaults"/>; what is missing or cannot be is refused all
    /// the same, by the step that looks at it.
    /// </remarks>
    public static AdmissionStep? Judge(in AdmissionFacts facts, in AdmissionRequest request)
    {
        var needed = Needed(request);
        return facts.Status != SessionStatus.Active ? AdmissionStep.Status
            : facts.TimeLeft <= TimeSpan.Zero ? AdmissionStep.Expiry

            // Otherwise a request that forgot to say what it wants would pass by wanting nothing.
            : request.Permissions == SessionPermissions.None || Missing(facts.Permissions, needed) != 0 ? AdmissionStep.Permission
            : request.Function.IsDefault || !FunctionPatterns.Match(facts.FunctionPatterns, request.Function.ToString()) ? AdmissionStep.Function
            : request.Depth is < 0 or > MaxDepth ? AdmissionStep.Depth
            : facts.Left.Executions <= 0 ? AdmissionStep.Executions
            : facts.Left.ComputeTime <= TimeSpan.Zero ? AdmissionStep.ComputeTime
            : facts.Left.Concurrent <= 0 ? AdmissionStep.Concurrent
            : facts.Left.PerSecond <= 0 ? AdmissionStep.PerSecond
            : Missing(facts.PolicyPermissions, needed) != 0 ? AdmissionStep.Policy
            : null;
    }

    /// <summary>Judges, and says why. A request that is not well-formed is refused before any step.</summary>
    public static AdmissionDecision Decide(in AdmissionFacts facts, in AdmissionRequest request)
    {
        var faults = FindFaults(request);
        var refusedAt = faults.IsEmpty ? Judge(facts, request) : null;
        return new AdmissionDecision
        {
            SessionId = facts.SessionId,
            Version = facts.Version,
            Status = facts.Status,
            Permissions = facts.Permissions & facts.PolicyPermissions,
            TimeLeft = facts.TimeLeft < TimeSpan.Zero ? TimeSpan.Zero : facts.TimeLeft,
            Left = facts.Left,
            RefusedAt = refusedAt,
            Refusal = refusedAt is { } step ? AdmissionRefusals.Of(step, facts, request)
                : faults.IsEmpty ? null
                : SessionError.InvalidConfiguration(facts.SessionId, faults),
        };
    }

    /// <summary>What is wrong with the form of <paramref name="request"/>; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(in AdmissionRequest request)
    {
        var (function, permissions) = (request.Function.FindFault(), ConfigurationRules.FindPermissionsFault(request.Permissions));
        if (function is null && permissions is null && request is { Permissions: not SessionPermissions.None, Depth: >= 0 })
        {
            return [];
        }

        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (function is not null)
        {
            faults.Add(new("function", function));
        }

        if (request.Permissions == SessionPermissions.None)
        {
            faults.Add(new("permissions", "name none, and at least one is needed"));
        }

        if (permissions is not null)
        {
            faults.Add(new("permissions", permissions));
        }

        if (request.Depth < 0)
        {
            faults.Add(new("depth", $"is {request.Depth}, less than 0"));
        }

        return faults.ToImmutable();
    }

    internal static ImmutableArray<AdmissionCheck> TraceOf(AdmissionDecision decision) => AdmissionTrace.Of(decision);

    /// <summary>All that the session, and its namespace, must permit.</summary>
    internal static SessionPermissions Needed(in AdmissionRequest request) =>
        request.Depth > 0 ? request.Permissions | SessionPermissions.ComposeFunctions : request.Permissions;

    /// <summary>What is needed and not given. A permission that this version does not know is given by nobody.</summary>
    internal static SessionPermissions Missing(SessionPermissions given, SessionPermissions needed) =>
        needed & ~(given & SessionPermissions.All);
}
