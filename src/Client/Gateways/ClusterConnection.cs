using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sessions.Client;

/// <summary>
/// Starts Orleans' client with the host, or behind its back. Orleans asks its retry filter only where an attempt fails: a port that takes
/// connections and does not speak with clients, as a silo's own one, would be waited at for ever.
/// </summary>
/// <param name="orleans">Orleans' client.</param>
/// <param name="options">The settings.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told how it goes.</param>
internal sealed partial class ClusterConnection(
    IHostedService orleans, IOptions<SessionsClientOptions> options, TimeProvider time, ILogger<ClusterConnection> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task starting = Task.CompletedTask;
    private volatile bool isConnected;

    /// <summary>Whether the cluster has answered since the start, so that grains can be called.</summary>
    public bool IsConnected => isConnected;

    /// <exception cref="UnavailableException">No gateway has answered in time, and the start has to wait for one.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        starting = ConnectAsync();
        if (options.Value.ConnectOnStart)
        {
            try
            {
                await starting.WaitAsync(options.Value.ConnectTimeout, time, cancellationToken);
            }
            catch (TimeoutException fault)
            {
                await stopping.CancelAsync();
                throw ConnectionRetry.Unreachable(options.Value, fault);
            }
        }
        else
        {
            _ = ReportAsync();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        if (isConnected)
        {
            await orleans.StopAsync(cancellationToken);
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task ConnectAsync()
    {
        // Orleans starts with work of its own; the host that waits for nothing goes on.
        await Task.Yield();
        await orleans.StartAsync(stopping.Token);
        isConnected = true;
    }

    /// <summary>Says that nobody answers as often as the start would have given up.</summary>
    private async Task ReportAsync()
    {
        var connecting = starting;
        while (!connecting.IsCompleted)
        {
            try
            {
                await connecting.WaitAsync(options.Value.ConnectTimeout, time, stopping.Token);
            }
            catch (TimeoutException)
            {
                LogStillConnecting(ConnectionRetry.Unreachable(options.Value, null).Message);
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested)
            {
                LogNotConnected(fault.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(EventId = 14, Level = LogLevel.Warning, Message = "Still connecting. {Fault}")]
    private partial void LogStillConnecting(string fault);

    [LoggerMessage(EventId = 15, Level = LogLevel.Error, Message = "The client cannot connect and does not try again: {Fault}")]
    private partial void LogNotConnected(string fault);
}
