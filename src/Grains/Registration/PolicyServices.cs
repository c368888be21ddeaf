using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Streams;
using Sessions.Grains.Hosting;
using Sessions.Grains.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Registration;

/// <summary>What a silo needs to go by policies.</summary>
internal static class PolicyServices
{
    public static void AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton(provider => new PolicyBook(
            provider.GetRequiredService<IPolicyStore>(),
            provider.GetRequiredService<IOptions<SessionsOptions>>().Value.LeaseDuration,
            provider.GetRequiredService<ILogger<PolicyBook>>()));
        services.AddKeyedSingleton<IStreamIdMapper, PolicyStreamIdMapper>(PolicyStreamIdMapper.Name);
        services.AddGrainService<PolicyService>();
        services.TryAddSingleton<IPolicySilos, PolicyServiceClient>();
        services.AddSingleton<PolicyReacher>();
        services.AddSingleton<IPolicyBook>(provider => provider.GetRequiredService<PolicyBook>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<PolicyBook>());
    }
}
