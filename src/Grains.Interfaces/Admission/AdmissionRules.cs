using System.Collections.Immutable;

namespace Sessions;

/// <summary>Everything that the judging of an admission looks at, as it stands at one moment.</summary>
public readonly record struct AdmissionFacts
{
    /// <summary>Which session.</summary>
    public required SessionId SessionId { get; init; }

    /// <summary>Its version.</summary>
    public long Version { get; init; }

    /// <summary>Its state.</summary>
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
/// function, depth, quotas, policy, in this order, and the first that does not pass refuses.
/// </summary>
public static class AdmissionRules
{
    /// <summary>How deep executions may nest.</summary>
    public const int MaxDepth = 16;

    /// <summary>The first step that refuses; null if none does. Allocates nothing.</summary>
    public static AdmissionStep? Judge(in AdmissionFacts facts, in AdmissionRequest request) => throw new NotImplementedException();

    /// <summary>Judges, and says why.</summary>
    public static AdmissionDecision Decide(in AdmissionFacts facts, in AdmissionRequest request) => throw new NotImplementedException();

    /// <summary>What is wrong with the form of <paramref name="request"/>; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(in AdmissionRequest request) => throw new NotImplementedException();

    internal static ImmutableArray<AdmissionCheck> TraceOf(AdmissionDecision decision) => throw new NotImplementedException();
}
