using Sessions.Core;

namespace Sessions.Benchmarks.Calls;

/// <inheritdoc cref="IEmptyGrain"/>
[GrainType("benchmarks.empty")]
internal sealed class EmptyGrain : Grain, IEmptyGrain
{
    // As full as that of a session with every quota, so that it is as long on the wire.
    private static readonly AdmissionDecision Decision = new()
    {
        SessionId = SessionId.New(),
        Version = 2,
        Status = SessionStatus.Active,
        Permissions = SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions,
        TimeLeft = TimeSpan.FromMinutes(59.9),
        Left = new QuotaMargins(1_000_000_000, 1_000_000, 1_000_000, TimeSpan.FromHours(1)),
    };

    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) => ValueTask.FromResult(Decision);
}
