using Orleans.Providers;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Sessions.Grains.Events;

/// <summary>
/// Stops those who read the queues of a stream provider in memory before the silo stops the grains that are these queues. The runtime stops
/// both at once, and a read that is cancelled on the way is reported as an error with its whole trace.
/// </summary>
internal sealed class StreamReaders(IStreamProvider provider) : ILifecycleParticipant<ISiloLifecycle>
{
    // After leases were handed over, which makes events, and before anything else.
    private const int Stage = ServiceLifecycleStage.Last - 1;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StreamReaders), Stage, static _ => Task.CompletedTask, StopAsync);

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (provider is IControllable control)
        {
            await control.ExecuteCommand((int)PersistentStreamProviderCommand.StopAgents, arg: null!).WaitAsync(cancellationToken);
        }
    }
}
