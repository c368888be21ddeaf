using System.Net;
using System.Reflection;
using Sessions.Silo.Listening;
using Sessions.Silo.Settings;

namespace Sessions.Silo;

/// <summary>What a node says of itself when it is up.</summary>
internal static class Banner
{
    public static string Version { get; } = typeof(Banner).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static string Of(NodeSettings settings, NodeEndpoints endpoints) =>
        $"""

        Sessions {Version} is up.
          storage   {settings.Storage.Describe()}
          cluster   {settings.Silo.ClusterId} (service {settings.Silo.ServiceId}), silo at {At(endpoints.Advertised, endpoints.Silo)}
          gateway   {At(endpoints.Advertised, endpoints.Gateway)}
          health    http://{Reachable(endpoints.Http)}/health/ready, /health/live

        """;

    /// <summary>The address to use, and what is listened on if that is more.</summary>
    private static string At(IPAddress advertised, IPEndPoint listening)
    {
        var used = new IPEndPoint(advertised, listening.Port);
        return used.Equals(listening) ? $"{used}" : $"{used}, listening on {listening}";
    }

    private static IPEndPoint Reachable(IPEndPoint listening) => listening.Address.Equals(IPAddress.IPv6Any) || listening.Address.Equals(IPAddress.Any)
        ? new(IPAddress.Loopback, listening.Port)
        : listening;
}
