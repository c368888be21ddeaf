using System.Collections.Immutable;

namespace Sessions.Core.Tests.Admission;

/// <summary>Facts and a request that are admitted, and for every step what makes it refuse them.</summary>
internal static class Admissible
{
    public const SessionPermissions Execute = SessionPermissions.ExecuteFunctions;
    public const SessionPermissions Compose = SessionPermissions.ComposeFunctions;

    public static readonly SessionId Id = SessionId.Parse("s-00000000000000000000000001");
    public static readonly DateTimeOffset End = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly AdmissionRequest Request = new(FunctionName.Parse("math.add")) { Depth = 1 };

    public static readonly AdmissionFacts Facts = new()
    {
        SessionId = Id,
        Version = 7,
        Status = SessionStatus.Active,
        TimeLeft = TimeSpan.FromTicks((30 * TimeSpan.TicksPerMinute) - 1),
        ExpiredAt = End,
        Permissions = Execute | Compose,
        PolicyPermissions = Execute | Compose,
        FunctionPatterns = ["io:*", "math.*"],
        Quotas = new SessionQuotas { Executions = 100, Concurrent = 4, PerSecond = 9, ComputeTime = TimeSpan.FromMinutes(5) },
        Left = new QuotaMargins(93, 3, 8, TimeSpan.FromSeconds(4.25)),
        RetryAfter = TimeSpan.FromMilliseconds(250),
    };

    /// <summary>In the order of judging.</summary>
    public static readonly IReadOnlyList<AdmissionStep> Steps =
    [
        AdmissionStep.Status, AdmissionStep.Expiry, AdmissionStep.Permission, AdmissionStep.Function, AdmissionStep.Depth,
        AdmissionStep.Executions, AdmissionStep.ComputeTime, AdmissionStep.Concurrent, AdmissionStep.PerSecond, AdmissionStep.Policy,
    ];

    /// <summary>Makes one step refuse and leaves all others alone.</summary>
    public static (AdmissionFacts Facts, AdmissionRequest Request) Spoil(AdmissionStep step, AdmissionFacts facts, AdmissionRequest request) => step switch
    {
        AdmissionStep.Status => (facts with { Status = SessionStatus.Paused }, request),
        AdmissionStep.Expiry => (facts with { TimeLeft = TimeSpan.Zero }, request),
        AdmissionStep.Permission => (facts with { Permissions = facts.Permissions & ~Compose }, request),
        AdmissionStep.Function => (facts with { FunctionPatterns = ["io:*", "math"] }, request),
        AdmissionStep.Depth => (facts, request with { Depth = 17 }),
        AdmissionStep.Executions => (facts with { Left = facts.Left with { Executions = 0 } }, request),
        AdmissionStep.Concurrent => (facts with { Left = facts.Left with { Concurrent = 0 } }, request),
        AdmissionStep.PerSecond => (facts with { Left = facts.Left with { PerSecond = 0 } }, request),
        AdmissionStep.ComputeTime => (facts with { Left = facts.Left with { ComputeTime = TimeSpan.Zero } }, request),
        AdmissionStep.Policy => (facts with { PolicyPermissions = facts.PolicyPermissions & ~Compose }, request),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    public static AdmissionDecision DecideWithout(AdmissionStep step)
    {
        var (facts, request) = Spoil(step, Facts, Request);
        return AdmissionRules.Decide(facts, request);
    }

    public static ImmutableArray<string> Patterns(params string[] patterns) => [.. patterns];
}
