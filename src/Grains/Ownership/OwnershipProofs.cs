using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sessions.Core.Ownership;
using Sessions.Grains.Hosting;

namespace Sessions.Grains.Ownership;

/// <summary>How long the activations of this silo may answer from what they hold, and since when. The rule is in <see cref="OwnershipRules"/>.</summary>
internal sealed class OwnershipProofs(
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time, IOptions<SessionsOptions> options)
{
    private readonly long maxAge = (long)(options.Value.GrantRight.TotalSeconds * time.TimestampFrequency);
    private long voidedAt = OwnershipRules.Never;

    /// <summary>Whether a proof still holds.</summary>
    /// <param name="provenAt">When its question was sent, in timestamps of the sessions' clock.</param>
    public bool IsCurrent(long provenAt) =>
        OwnershipRules.IsCurrent(provenAt, Volatile.Read(ref voidedAt), time.GetTimestamp(), maxAge);

    /// <summary>Whether a proof is good for a call, whatever its age.</summary>
    /// <param name="provenAt">When its question was sent, in timestamps of the sessions' clock.</param>
    /// <param name="calledAt">When the call had come, likewise.</param>
    public bool IsSince(long provenAt, long calledAt) => OwnershipRules.IsSince(provenAt, Volatile.Read(ref voidedAt), calledAt);

    /// <summary>Voids all proofs so far, also those whose answers are on their way.</summary>
    public void VoidAll() => Volatile.Write(ref voidedAt, time.GetTimestamp());
}
