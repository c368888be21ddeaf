using Microsoft.Extensions.DependencyInjection;
using Sessions.Grains.Operations;

namespace Sessions.Grains.Registration;

/// <summary>What a silo needs for operations over many sessions.</summary>
internal static class OperationServices
{
    public static void AddOperations(this IServiceCollection services)
    {
        services.AddSingleton(new OperationsState(TimeProvider.System));
        services.AddSingleton<OperationKeeper>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<OperationKeeper>());
    }
}
