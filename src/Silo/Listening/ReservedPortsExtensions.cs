using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Sessions.Silo.Listening;

/// <summary>Makes the runtime and the web server listen on ports that the process has bound already.</summary>
internal static class ReservedPortsExtensions
{
    /// <summary>To be called after the silo was added, whose listeners are replaced.</summary>
    public static void UseReservedPorts(this IServiceCollection services, ReservedPorts ports)
    {
        services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = ports.Take);

        // The runtime has one listener per port, under keys of its own.
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: true } listener && listener.ServiceType == typeof(IConnectionListenerFactory))
            {
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(
                    listener.ServiceKey,
                    static (provider, _) => new SocketTransportFactory(
                        provider.GetRequiredService<IOptions<SocketTransportOptions>>(), provider.GetRequiredService<ILoggerFactory>()));
            }
        }
    }
}
