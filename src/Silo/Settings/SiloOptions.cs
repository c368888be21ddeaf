using System.Net;
using Microsoft.Extensions.Options;

namespace Sessions.Silo.Settings;

/// <summary>Where a node listens and what cluster it belongs to. Section <c>Silo</c>.</summary>
internal sealed class SiloOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Silo";

    /// <summary>Nodes and clients of one cluster have the same; default <c>sessions</c>.</summary>
    public string ClusterId { get; set; } = SessionsDefaults.ClusterId;

    /// <summary>Names the stored state of one service, over all its clusters; default <c>sessions</c>.</summary>
    public string ServiceId { get; set; } = SessionsDefaults.ServiceId;

    /// <summary>
    /// The IP address or host name under which other nodes and clients reach this one, or <c>auto</c> for the first address of the
    /// machine's own name, as in a container; a name is resolved at the start, to an IPv4 address if it has one. Default 127.0.0.1.
    /// </summary>
    public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>Whether to listen on every address of the machine instead of the advertised one only; default no.</summary>
    public bool ListenOnAnyAddress { get; set; }

    /// <summary>For other nodes; 1 to 65535, default 11111.</summary>
    public int SiloPort { get; set; } = SessionsDefaults.SiloPort;

    /// <summary>For clients; 1 to 65535, default 30000.</summary>
    public int GatewayPort { get; set; } = SessionsDefaults.GatewayPort;

    /// <summary>For health checks; 1 to 65535, default 8080.</summary>
    public int HttpPort { get; set; } = 8080;

    /// <summary>How long another node may leave a probe unanswered; 100 ms to 1 min, default 1 s.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many probes in a row another node may miss before it is declared dead; 1 to 10, default 3.</summary>
    public int MissedProbes { get; set; } = 3;

    /// <summary>After how long without a call a session leaves memory; 1 min to 1 day, default 3 min.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>The most connections that this node opens to PostgreSQL per pool, unless the connection string says; 4 to 1000, default 20.</summary>
    public int MaxPoolSize { get; set; } = 20;

    /// <summary>How log entries are written; default text.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Text;

    internal const string Auto = "auto";
}

/// <summary>How a node writes its log.</summary>
internal enum LogFormat
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>A line for people.</summary>
    Text = 1,

    /// <summary>A JSON object on a line.</summary>
    Json = 2,
}

/// <summary>Stops a node that is configured wrongly before it starts, and says what to change.</summary>
internal sealed class SiloOptionsValidator : IValidateOptions<SiloOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        var failures = new List<string>();
        Require(options.ClusterId.Length is > 0 and <= 150, "ClusterId", "a name of 1 to 150 characters");
        Require(options.ServiceId.Length is > 0 and <= 150, "ServiceId", "a name of 1 to 150 characters");
        Require(
            IPAddress.TryParse(options.AdvertisedAddress, out var address)
                ? !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
                : Uri.CheckHostName(options.AdvertisedAddress) == UriHostNameType.Dns,
            "AdvertisedAddress",
            "an IP address or host name by which other nodes can reach this one, or 'auto'");
        Require(IsPort(options.SiloPort), "SiloPort", "a port from 1 to 65535");
        Require(IsPort(options.GatewayPort), "GatewayPort", "a port from 1 to 65535");
        Require(IsPort(options.HttpPort), "HttpPort", "a port from 1 to 65535");
        Require(
            options.SiloPort != options.GatewayPort && options.GatewayPort != options.HttpPort && options.SiloPort != options.HttpPort,
            "SiloPort, GatewayPort and HttpPort",
            "three different ports");
        Require(
            options.ProbeTimeout >= TimeSpan.FromMilliseconds(100) && options.ProbeTimeout <= TimeSpan.FromMinutes(1),
            "ProbeTimeout",
            "a time from 00:00:00.1 to 00:01:00");
        Require(options.MissedProbes is >= 1 and <= 10, "MissedProbes", "a number from 1 to 10");
        Require(
            options.CollectionAge >= TimeSpan.FromMinutes(1) && options.CollectionAge <= TimeSpan.FromDays(1),
            "CollectionAge",
            "a time from 00:01:00 to 1.00:00:00");
        Require(options.LogFormat is LogFormat.Text or LogFormat.Json, "LogFormat", "text or json");
        Require(options.MaxPoolSize is >= 4 and <= 1000, "MaxPoolSize", "a number from 4 to 1000");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Require(bool holds, string option, string wanted)
        {
            if (!holds)
            {
                failures.Add($"{SiloOptions.Section}:{option}: set {wanted}.");
            }
        }
    }

    private static bool IsPort(int port) => port is > 0 and <= 65535;
}
