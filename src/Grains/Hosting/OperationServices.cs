using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sessions.Grains.Operations;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Hosting;

/// <summary>What a silo needs for operations over many sessions.</summary>
internal static class OperationServices
{
    public static void AddOperations(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<ISessionStore>() as IOperationStore
            ?? throw new InvalidOperationException(
                $"The {nameof(ISessionStore)} of this silo keeps no operations; let it implement {nameof(IOperationStore)} too."));
        services.AddSingleton<OperationKeeper>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<OperationKeeper>());
    }
}
