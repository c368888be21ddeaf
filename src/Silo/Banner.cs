using System.Reflection;
using Npgsql;

namespace Sessions.Silo;

/// <summary>What a node says of itself when it is up.</summary>
internal static class Banner
{
    public static string Of(SiloOptions options, string? connectionString)
    {
        var version = typeof(Banner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return $"""

            Sessions {version} is up.
              storage   {Storage(connectionString)}
              cluster   {options.ClusterId} (service {options.ServiceId}), silo at {options.AdvertisedAddress}:{options.SiloPort}
              gateway   {options.AdvertisedAddress}:{options.GatewayPort}
              health    http://127.0.0.1:{options.HttpPort}/health/ready, /health/live

            """;
    }

    private static string Storage(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return "memory. NOTHING OUTLIVES THIS PROCESS; set ConnectionStrings:Sessions to keep sessions in PostgreSQL.";
        }

        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return $"PostgreSQL, database {builder.Database} at {builder.Host}:{builder.Port}";
    }
}
