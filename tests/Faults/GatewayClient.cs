using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A client as a program outside the cluster has it.</summary>
public sealed class GatewayClient : IAsyncDisposable
{
    private readonly IHost host;

    private GatewayClient(IHost host) => this.host = host;

    /// <summary>The grains as they are, without what the client library knows and repeats.</summary>
    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public SessionsClient Sessions => host.Services.GetRequiredService<SessionsClient>();

    public static Task<GatewayClient> ConnectAsync(params string[] gateways) => ConnectAsync(TimeSpan.FromMinutes(2), gateways);

    /// <param name="retryBudget">How long calls are repeated: short where the client's only gateway will be gone.</param>
    /// <param name="gateways">The gateways.</param>
    public static async Task<GatewayClient> ConnectAsync(TimeSpan retryBudget, params string[] gateways)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSessionsClient(options =>
        {
            foreach (var gateway in gateways)
            {
                options.Gateways.Add(gateway);
            }

            options.Actor = Principal.Parse("alice");
            options.ResponseTimeout = TimeSpan.FromSeconds(5);
            options.RetryBudget = retryBudget;
        });
        var host = builder.Build();
        await host.StartAsync();
        var client = new GatewayClient(host);
        await client.Sessions.ConnectAsync();
        return client;
    }

    /// <summary>Where the session's activation is.</summary>
    public async Task<SiloAddress> FindSiloAsync(SessionId session) => await FindSiloAsync(grains => grains.GetSession(session))
        ?? throw new InvalidOperationException($"Session {session} is not active anywhere.");

    /// <summary>Where the activation of a namespace's policy is; null while it is nowhere.</summary>
    public Task<SiloAddress?> FindSiloAsync(SessionNamespace @namespace) => FindSiloAsync(grains => grains.GetIsolationPolicy(@namespace));

    /// <summary>Where the activation of a grain is; null if there is none.</summary>
    public async Task<SiloAddress?> FindSiloAsync(Func<IGrainFactory, IAddressable> grain)
    {
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                return await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain(Grains));
            }
            catch (TimeoutException) when (attempts < 3)
            {
                // A call of Orleans' own is not repeated when the connection ends over which its answer was to come.
            }
        }
    }

    /// <summary>A session in which functions may run, and whose activation is on <paramref name="node"/>.</summary>
    internal async Task<SessionHandle> ActivateAtAsync(SiloProcess node, SessionOverrides overrides)
    {
        // Nobody can say where a session is to be, so sessions are made until one is there. Placement goes by the nodes' load, and may
        // pass over one that has just started for as long as it knows nothing of it.
        SessionHandle? found = null;
        await Eventually.TrueAsync(
            async () =>
            {
                found = await Sessions.CreateAsync(new()
                {
                    Namespace = SessionNamespace.Parse("acme/faults"),
                    Creator = Principal.Parse("alice"),
                    Overrides = overrides,
                });
                return (await FindSiloAsync(found.Id)).Endpoint.Port == node.SiloPort;
            },
            "a session is on the node");
        await found!.ActivateAsync();
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
