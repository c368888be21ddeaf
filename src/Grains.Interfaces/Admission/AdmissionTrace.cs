using System.Collections.Immutable;

namespace Sessions;

/// <summary>Tells the steps of a decision anew from what the decision says.</summary>
internal static class AdmissionTrace
{
    /// <summary>In the order of judging, see <see cref="AdmissionRules"/>. A test compares them.</summary>
    private static readonly ImmutableArray<AdmissionStep> Steps =
    [
        AdmissionStep.Status, AdmissionStep.Expiry, AdmissionStep.Permission, AdmissionStep.Function, AdmissionStep.Depth,
        AdmissionStep.Executions, AdmissionStep.ComputeTime, AdmissionStep.Concurrent, AdmissionStep.PerSecond, AdmissionStep.Policy,
    ];

    public static ImmutableArray<AdmissionCheck> Of(AdmissionDecision decision)
    {
        if (decision is { IsAdmitted: false, RefusedAt: null })
        {
            return [];
        }

        var refusedAt = decision.RefusedAt;
        var passed = Steps.TakeWhile(step => step != refusedAt).Select(step => new AdmissionCheck(step, true, MarginOf(step, decision)));
        return refusedAt is { } refused ? [.. passed, new(refused, false, MarginOf(refused, decision))] : [.. passed];
    }

    private static string? MarginOf(AdmissionStep step, AdmissionDecision decision) => step switch
    {
        AdmissionStep.Expiry => Time(decision.TimeLeft),
        AdmissionStep.Executions => Count(step, decision, decision.Left.Executions),
        AdmissionStep.Concurrent => Count(step, decision, decision.Left.Concurrent),
        AdmissionStep.PerSecond => Count(step, decision, decision.Left.PerSecond),
        AdmissionStep.ComputeTime => Time(decision.Left.ComputeTime),
        _ => null,
    };

    private static string? Time(TimeSpan? left) => left is { } time ? $"{TimeWords.Of(time)} left" : null;

    /// <summary>The decision does not carry the limits; only the refusal names the one that it is about.</summary>
    private static string? Count(AdmissionStep step, AdmissionDecision decision, long? left) => left is not { } count ? null
        : decision.RefusedAt == step && decision.Refusal?.Limit is { } limit ? $"{Math.Max(0, count)} of {limit} left"
        : $"{Math.Max(0, count)} left";
}
