using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;

namespace Sessions.Grains.Isolation;

/// <inheritdoc cref="IPolicyService"/>
internal sealed class PolicyService(GrainId id, Silo silo, ILoggerFactory loggers, IPolicyBook book)
    : GrainService(id, silo, loggers), IPolicyService
{
    public async Task<bool> Look(long revision)
    {
        await book.LookAsync();
        return book.IsFresh && book.Revision >= revision;
    }
}

/// <summary>Reaches the books of all silos.</summary>
internal interface IPolicySilos
{
    /// <summary>Has every silo look at the policies.</summary>
    /// <returns>How many could not.</returns>
    Task<int> LookEverywhereAsync(long revision);
}

/// <inheritdoc cref="IPolicySilos"/>
internal sealed class PolicyServiceClient(IServiceProvider services, IClusterMembershipService membership)
    : GrainServiceClient<IPolicyService>(services), IPolicySilos
{
    // A silo that is silent for longer is about to be declared dead, and cannot read the store either, or learns by itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<int> LookEverywhereAsync(long revision)
    {
        var silos = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active);
        var looks = await Task.WhenAll(silos.Select(member => LookAsync(member.SiloAddress, revision)));
        return looks.Count(looked => !looked);
    }

    private async Task<bool> LookAsync(SiloAddress silo, long revision)
    {
        try
        {
            return await GetGrainService(silo).Look(revision).WaitAsync(Patience, TimeProvider.System);
        }
#pragma warning disable CA1031 // Whatever it is, that silo was not told; it is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
