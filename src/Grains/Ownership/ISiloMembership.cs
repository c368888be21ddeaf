using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Sessions.Grains.Ownership;

/// <summary>Whether this silo belongs to its cluster.</summary>
internal interface ISiloMembership
{
    /// <summary>Reads the silo's own row of the membership table.</summary>
    /// <returns>False if the others have declared the silo dead.</returns>
    Task<bool> IsMemberAsync();

    /// <summary>Has the runtime read the table too: it ends the process of a silo that was declared dead.</summary>
    Task RefreshAsync();

    /// <summary>Reads where the gateways of the silos that are up listen.</summary>
    Task<ImmutableArray<string>> ReadGatewaysAsync();
}

/// <summary>The membership that Orleans keeps.</summary>
internal sealed class SiloMembership(IServiceProvider services) : ISiloMembership
{
    // Read here and not by a refresh of the runtime, which would share one that was begun before the process was suspended.
    public async Task<bool> IsMemberAsync()
    {
        // Grains that a test hosts without a silo have no table, and nobody who could declare anything dead.
        if (services.GetService<IMembershipTable>() is not { } table)
        {
            return true;
        }

        var self = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        var rows = await table.ReadRowAsync(self, CancellationToken.None);
        return rows.Members.Any(row => row.Item1.SiloAddress.Equals(self) && row.Item1.Status != SiloStatus.Dead);
    }

    public async Task<ImmutableArray<string>> ReadGatewaysAsync()
    {
        if (services.GetService<IMembershipTable>() is not { } table)
        {
            return [];
        }

        var rows = await table.ReadAllAsync(CancellationToken.None);
        return
        [
            .. rows.Members.Select(row => row.Item1)
                .Where(silo => silo is { Status: SiloStatus.Active, ProxyPort: > 0 })
                .Select(silo => new IPEndPoint(silo.SiloAddress.Endpoint.Address, silo.ProxyPort).ToString())
                .Order(StringComparer.Ordinal),
        ];
    }

    public Task RefreshAsync() => services.GetRequiredService<IClusterMembershipService>().Refresh().AsTask();
}
