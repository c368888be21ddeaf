using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.Testing.InMemory;

namespace Sessions.Testing;

/// <summary>
/// Sessions in memory, without a cluster: the real client on the real grains and rules, in this process. Starts within milliseconds; one
/// for each test. Grains of your own, streams and several nodes need a <see cref="SessionsTestCluster"/>.
/// </summary>
public sealed class InMemorySessions : SessionsTestHost
{
    private readonly ServiceProvider services;
    private readonly LocalLifecycle lifecycle = new();
    private readonly bool usesSystemTime;

    /// <summary>Starts with nothing in it.</summary>
    /// <param name="configure">How it behaves.</param>
    /// <exception cref="OptionsValidationException">The settings are wrong; the message says what to change.</exception>
    public InMemorySessions(Action<InMemorySessionsOptions>? configure = null)
        : this(OptionsOf(configure))
    {
    }

    private InMemorySessions(InMemorySessionsOptions options)
        : base(options.Time)
    {
        usesSystemTime = options.UseSystemTime;
        var collection = new ServiceCollection();
        options.ConfigureServices(collection);
        collection.AddKeyedSingleton(SessionsDefaults.Clock, usesSystemTime ? TimeProvider.System : Time);
        LocalSilo.AddTo(collection, sessions =>
        {
            sessions.SweepInterval = TestDefaults.SweepInterval;
            options.ConfigureSessions(sessions);
        });
        collection.AddCoHostedSessionsClient(client =>
        {
            client.Actor = TestDefaults.Actor;
            options.ConfigureClient(client);
        });
        services = collection.BuildServiceProvider();
        _ = services.GetRequiredService<IOptions<SessionsOptions>>().Value;
        SessionsClient = services.GetRequiredService<SessionsClient>();
        foreach (var participant in services.GetServices<ILifecycleParticipant<ISiloLifecycle>>())
        {
            participant.Participate(lifecycle);
        }

        // In memory nothing of the start waits for anything.
        lifecycle.StartAsync().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override ISessionsClient Client => SessionsClient;

    /// <summary>The same client by its class, for code that takes that.</summary>
    public SessionsClient SessionsClient { get; }

    private protected override bool IsTimeMoved => !usesSystemTime;

    /// <summary>The activations; tests of this project end them.</summary>
    internal LocalGrains Grains => services.GetRequiredService<LocalGrains>();

    private protected override IServiceProvider StoreServices => services;

    private protected override TimeSpan LeaseDuration => services.GetRequiredService<IOptions<SessionsOptions>>().Value.LeaseDuration;

    private protected override IEnumerable<SessionsClient> Clients => [SessionsClient];

    private protected override async Task StopAsync()
    {
        await SessionsClient.DisposeAsync();
        await lifecycle.StopAsync();
        await Grains.StopAsync();
        await services.DisposeAsync();
    }

    private static InMemorySessionsOptions OptionsOf(Action<InMemorySessionsOptions>? configure)
    {
        var options = new InMemorySessionsOptions();
        configure?.Invoke(options);
        return options;
    }
}
