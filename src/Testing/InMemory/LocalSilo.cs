using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Streams;
using Orleans.Timers;
using Sessions.Grains.Hosting;
using Sessions.Grains.Isolation;

namespace Sessions.Testing.InMemory;

/// <summary>
/// What a silo adds for sessions, on grains of this process instead of a silo's: the same registration, with what needs a runtime
/// replaced.
/// </summary>
internal sealed class LocalSilo : ISiloBuilder
{
    private LocalSilo(IServiceCollection services) => Services = services;

    public IServiceCollection Services { get; }

    public IConfiguration Configuration { get; } = new ConfigurationBuilder().Build();

    public static void AddTo(IServiceCollection services, Action<SessionsOptions> configure)
    {
        services.AddLogging();
        services.AddSingleton<LocalGrains>();
        services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<LocalGrains>());
        services.AddSingleton<IGrainRuntime>(static provider => provider.GetRequiredService<LocalGrains>());
        services.AddSingleton<ITimerRegistry>(static provider => provider.GetRequiredService<LocalGrains>());
        services.AddSingleton<IPolicySilos, OnlySilo>();
        AddStreams(services, SessionsDefaults.LifecycleStreamProvider, isImplicit: true);
        AddStreams(services, SessionsDefaults.NotifyStreamProvider, isImplicit: false);

        services.AddKeyedSingleton<IGrainStorage, LocalStates>(SessionsServices.GrainStorage);

        // Never asked. Without it the silo's registration would add that of Orleans.
        services.AddKeyedSingleton<IGrainStorage>(SessionsServices.StreamSubscriptions, static (_, _) => throw new NotSupportedException());
        new LocalSilo(services).AddSessions(configure);
    }

    private static void AddStreams(IServiceCollection services, string name, bool isImplicit) => services.AddKeyedSingleton<IStreamProvider>(
        name, (provider, _) => new LocalStreams(name, isImplicit ? provider.GetRequiredService<LocalGrains> : null));

    /// <summary>This process has one book of policies, and all grains use it.</summary>
    private sealed class OnlySilo(PolicyBook book) : IPolicySilos
    {
        public async Task<int> LookEverywhereAsync(long revision)
        {
            await book.LookAsync();
            return book.IsFresh && book.Revision >= revision ? 0 : 1;
        }
    }
}
