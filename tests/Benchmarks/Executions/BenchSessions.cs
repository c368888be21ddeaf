using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sessions.Client;

namespace Sessions.Benchmarks.Executions;

/// <summary>A client in the process of a load, and sessions as the benchmarks want them.</summary>
internal sealed class BenchSessions : IAsyncDisposable
{
    /// <summary>Every dimension limited, and none of them short.</summary>
    public static readonly SessionQuotas AllQuotas = new()
    {
        Executions = 1_000_000_000_000,
        Concurrent = 1_000_000,
        PerSecond = 1_000_000,
        ComputeTime = TimeSpan.FromDays(36_500),
        DataBytes = 1 << 30,
        Children = 1000,
    };

    private readonly IHost host;

    public BenchSessions(string gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(options => options.Gateways.Add(gateway));
        host = builder.Build();
    }

    public SessionsClient Client => host.Services.GetRequiredService<SessionsClient>();

    public IServiceProvider Services => host.Services;

    public async Task StartAsync()
    {
        await host.StartAsync();
        await Client.ConnectAsync();
    }

    /// <summary>A new session that is active.</summary>
    public async Task<SessionHandle> OpenAsync(SessionQuotas quotas)
    {
        var handle = await Client.CreateAsync(Creation(new() { Quotas = quotas }));
        await handle.ActivateAsync();
        return handle;
    }

    /// <summary>What every session here is made from.</summary>
    public static CreateSessionOptions Creation(SessionOverrides overrides) => new()
    {
        Namespace = SessionNamespace.Parse("bench"),
        Creator = Principal.Parse("bench"),
        Overrides = overrides,
    };

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
