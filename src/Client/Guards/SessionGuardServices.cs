using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Sessions;
using Sessions.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the guards of <see cref="RequiresSessionAttribute"/> to a silo.</summary>
public static class SessionGuardServices
{
    /// <summary>
    /// Makes <see cref="RequiresSessionAttribute"/> take effect for the grains of this silo, with the co-hosted client, which is
    /// added if it is not there. Safe to call twice.
    /// </summary>
    /// <exception cref="InvalidOperationException">The gateway client has been added; a silo speaks to its cluster from inside.</exception>
    public static IServiceCollection AddSessionGuards(this IServiceCollection services)
    {
        services.AddCoHostedSessionsClient();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IIncomingGrainCallFilter, SessionGuardFilter>());
        return services;
    }
}
