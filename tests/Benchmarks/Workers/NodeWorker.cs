using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Events;
using Sessions.Benchmarks.Idle;
using Sessions.Client;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Ownership;

namespace Sessions.Benchmarks.Workers;

/// <summary>
/// A node with the grains of this program beside the sessions, which the real one cannot host. Its turns are calls from inside,
/// and what only the node knows of itself.
/// </summary>
internal sealed class NodeWorker : IWorker
{
    /// <summary>The connection string's name in the environment; without it everything is in memory.</summary>
    public const string ConnectionStringName = "Sessions";

    /// <summary>The variable that, where it is set, switches the event log and the publishing off.</summary>
    public const string WithoutEvents = "WITHOUT_EVENTS";

    /// <summary>The variable that, where it is set, lets a proof of ownership hold for a day.</summary>
    public const string WithoutLooks = "WITHOUT_LOOKS";

    private readonly IHost host;
    private readonly AuthorizeCalls calls;
    private readonly ActivationTurns activations;

    /// <param name="ports">That for silos, and that for clients.</param>
    public NodeWorker(string[] ports)
    {
        var numbers = Array.ConvertAll(ports, port => int.Parse(port, CultureInfo.InvariantCulture));
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole();
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(numbers[0], numbers[1], null, SessionsDefaults.ServiceId, SessionsDefaults.ClusterId);
            if (builder.Configuration.GetConnectionString(ConnectionStringName) is { Length: > 0 } connectionString)
            {
                silo.UseSessionsPostgresStore(connectionString);
            }

            silo.AddSessions();
            silo.Services.AddCoHostedSessionsClient();
        });
        var withoutEvents = builder.Configuration[WithoutEvents] is { Length: > 0 };
        if (withoutEvents)
        {
            StoreWithoutLog.PutBefore(builder.Services);
        }

        if (builder.Configuration[WithoutLooks] is { Length: > 0 })
        {
            builder.Services.AddSingleton(new OwnershipProofs(
                TimeProvider.System, Options.Create(new SessionsOptions { GrantRight = TimeSpan.FromDays(1) })));
        }

        host = builder.Build();
        host.Services.GetRequiredService<LifecyclePublisher>().IsSilent = withoutEvents;
        calls = new AuthorizeCalls(host.Services);
        activations = new ActivationTurns(host.Services);
    }

    public Task StartAsync() => host.StartAsync();

    public Task<TurnResult> TurnAsync(string turn) => activations.RunAsync(turn) ?? calls.RunAsync(turn);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
