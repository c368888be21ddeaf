using Sessions.Grains.Storage;

namespace Sessions.Grains.Registration;

/// <summary>Makes the store ready before anything of the silo asks it, or Orleans's own providers its database.</summary>
internal sealed class StoreInitializer(ISessionStore store) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StoreInitializer), ServiceLifecycleStage.First, store.InitializeAsync);
}
