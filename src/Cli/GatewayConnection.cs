using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Client;

namespace Sessions.Cli;

/// <summary>A client through the gateway, in a host that configures nothing, logs nothing and handles no signals.</summary>
internal sealed class GatewayConnection : IClientConnection
{
    private static readonly TimeSpan PatienceToStop = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Unsaid = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan ShortestBudget = TimeSpan.FromMilliseconds(500);
    private readonly IHost host;

    private GatewayConnection(IHost host) => this.host = host;

    public SessionsClient Client => host.Services.GetRequiredService<SessionsClient>();

    /// <exception cref="UnavailableException">The cluster did not answer in time.</exception>
    /// <exception cref="CliUsageException">The settings are wrong.</exception>
    public static async Task<IClientConnection> OpenAsync(ConnectionSettings settings, CancellationToken cancellationToken)
    {
        var connection = new GatewayConnection(Build(settings));
        var begun = TimeProvider.System.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(settings.Timeout);
        using var isLong = new Timer(_ => settings.Waits?.Invoke($"connecting to {string.Join(", ", settings.Gateways)}"), null, Unsaid, Timeout.InfiniteTimeSpan);
        try
        {
            // A gateway of another cluster takes connections and drops them, which Orleans repeats without asking the retry
            // filter; so the whole start is bounded here too.
            await connection.host.StartAsync(patience.Token).WaitAsync(patience.Token);
            await connection.Client.ConnectAsync(patience.Token);
            var left = settings.Timeout - TimeProvider.System.GetElapsedTime(begun);
            connection.KeepTrying(left > ShortestBudget ? left : ShortestBudget);
            return connection;
        }
        catch (Exception fault)
        {
            // Not waited for: a client that never connected may take as long to stop as it would have to start.
            _ = connection.DisposeAsync().AsTask();
            cancellationToken.ThrowIfCancellationRequested();
            throw fault switch
            {
                OptionsValidationException wrong => new CliUsageException(string.Join(" ", wrong.Failures)),
                SessionException => fault,
                _ => Unreachable(settings, fault),
            };
        }
    }

    /// <inheritdoc/>
    public void KeepTrying(TimeSpan budget) => host.Services.GetRequiredService<IOptions<SessionsClientOptions>>().Value.RetryBudget = budget;

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(PatienceToStop);
        try
        {
            await host.StopAsync(patience.Token).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The process ends anyway; a silo notices a client that is gone.
            return;
        }

        host.Dispose();
    }

    private static UnavailableException Unreachable(ConnectionSettings settings, Exception cause) => new(
        new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            Message = $"No silo of cluster '{settings.ClusterId}' answered at {string.Join(", ", settings.Gateways)} "
                + $"within {settings.Timeout.TotalSeconds:0.###} s.",
        },
        cause);

    private static IHost Build(ConnectionSettings settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSessionsClient(options =>
        {
            foreach (var gateway in settings.Gateways)
            {
                options.Gateways.Add(gateway);
            }

            options.ClusterId = settings.ClusterId;
            options.ServiceId = settings.ServiceId;
            options.Actor = settings.Actor ?? options.Actor;
            options.ConnectTimeout = settings.Timeout;
            options.RetryBudget = settings.Timeout;
            options.ResponseTimeout = settings.Timeout < options.ResponseTimeout ? settings.Timeout : options.ResponseTimeout;
        });

        // The host's own would take Ctrl-C away from the command.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Logging.ClearProviders();
        if (settings.Verbose)
        {
            builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }
        else if (settings.Waits is { } told)
        {
            builder.Logging.AddProvider(new WaitLog(told));
        }

        return builder.Build();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
