using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;

namespace Sessions.Grains.Registration;

/// <summary>The store of a silo: one <see cref="SessionStorage"/>, and every port of it as a service of its own.</summary>
internal static class StorageServices
{
    /// <summary>Registers what the host has not registered: a store in memory, and the ports of the store.</summary>
    public static void AddPorts(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => MemoryStorage.Create());
        services.TryAddSingleton(provider => StorageOf(provider).Sessions);
        services.TryAddSingleton(provider => StorageOf(provider).Due);
        services.TryAddSingleton(provider => StorageOf(provider).Log);
        services.TryAddSingleton(provider => StorageOf(provider).Search);
        services.TryAddSingleton(provider => StorageOf(provider).Data);
        services.TryAddSingleton(provider => StorageOf(provider).Policies);
        services.TryAddSingleton(provider => StorageOf(provider).Operations);
        services.AddSingleton<StoreInitializer>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<StoreInitializer>());
    }

    private static SessionStorage StorageOf(IServiceProvider provider) => provider.GetRequiredService<SessionStorage>();
}
