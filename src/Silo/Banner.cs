using System.Reflection;

namespace Sessions.Silo;

/// <summary>What a node says of itself when it is up.</summary>
internal static class Banner
{
    public static string Of(SiloOptions options, StorageOptions storage)
    {
        var version = typeof(Banner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return $"""

            Sessions {version} is up.
              storage   {storage.Describe()}
              cluster   {options.ClusterId} (service {options.ServiceId}), silo at {options.AdvertisedAddress}:{options.SiloPort}
              gateway   {options.AdvertisedAddress}:{options.GatewayPort}
              health    http://127.0.0.1:{options.HttpPort}/health/ready, /health/live

            """;
    }
}
