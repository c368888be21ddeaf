using Microsoft.Extensions.Hosting;

namespace Sessions.Client;

/// <summary>Gives the leases back when the host stops, while there is still a connection to give them back through.</summary>
internal sealed class LeaseReturn(IServiceProvider services) : IHostedLifecycleService
{
    private SessionsClient? client;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Not before everything else has started: making the client must not be what fails first.
        client = (SessionsClient?)services.GetService(typeof(SessionsClient));
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => client?.ReturnLeasesAsync().AsTask() ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
