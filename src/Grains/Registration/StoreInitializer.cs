using Sessions.Grains.Storage;

namespace Sessions.Grains.Registration;

/// <summary>Makes the store ready, once, before anything of the silo asks it, or Orleans's own providers its database.</summary>
internal sealed class StoreInitializer(ISessionStore store) : ILifecycleParticipant<ISiloLifecycle>
{
    private Task? initialization;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StoreInitializer), ServiceLifecycleStage.First, InitializeAsync);

    /// <summary>A host may call it before the silo starts, to hear of a failure as it is.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached or is not ours.</exception>
    public Task InitializeAsync(CancellationToken cancellationToken) => initialization ??= store.InitializeAsync(cancellationToken);
}
