using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Calls;

/// <summary>Calls through a gateway, as a client's process makes them.</summary>
internal sealed class GatewayCallsLoad : IWorker
{
    private readonly IHost host;
    private readonly AuthorizeCalls calls;

    public GatewayCallsLoad(string gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(options => options.Gateways.Add(gateway));
        host = builder.Build();
        calls = new AuthorizeCalls(host.Services);
    }

    public async Task StartAsync()
    {
        await host.StartAsync();
        await host.Services.GetRequiredService<SessionsClient>().ConnectAsync();
    }

    public Task<TurnResult> TurnAsync(string turn) => calls.RunAsync(turn);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
