using Orleans.Concurrency;

namespace Sessions.Benchmarks.Calls;

/// <summary>What a call costs by itself: the signature of <see cref="ISessionGrain.Authorize"/>, and nothing behind it.</summary>
[Alias("benchmarks.IEmptyGrain")]
public interface IEmptyGrain : IGrainWithStringKey
{
    /// <summary>Answers always the same.</summary>
    [Alias("Authorize"), AlwaysInterleave]
    ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion);
}
