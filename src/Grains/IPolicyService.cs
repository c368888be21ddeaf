using Orleans.Services;

namespace Sessions.Grains;

/// <summary>
/// The policies that each silo knows, for other silos that know of newer ones. Orleans derives the service's id from the namespace, the
/// name and the assembly of this interface: moved elsewhere, silos of different releases could not reach each other's service.
/// </summary>
[Alias("sessions.IPolicyService")]
internal interface IPolicyService : IGrainService
{
    /// <summary>Looks now.</summary>
    /// <returns>Whether the silo knows of the revision, or a later one, by then.</returns>
    [Alias("Look")]
    Task<bool> Look(long revision);
}
