using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Sessions.Silo;

/// <summary>
/// What the runtime knows a node by: its address, and a generation that tells this start from earlier ones at the same address. The runtime
/// itself takes the time of the start alone, and ends a node that starts after one whose clock was ahead.
/// </summary>
internal sealed partial class NodeIncarnation : ILocalSiloDetails
{
    private readonly IPEndPoint silo;
    private readonly ILogger logger;
    private readonly Lazy<SiloAddress> address;
    private int newest;

    public NodeIncarnation(
        IOptions<Orleans.Configuration.SiloOptions> options, IOptions<ClusterOptions> cluster, IOptions<EndpointOptions> endpoints, ILogger<NodeIncarnation> logger)
    {
        this.logger = logger;
        silo = new(endpoints.Value.AdvertisedIPAddress, endpoints.Value.SiloPort);
        (Name, ClusterId, DnsHostName) = (options.Value.SiloName, cluster.Value.ClusterId, Dns.GetHostName());
        GatewayAddress = SiloAddress.New(new IPEndPoint(silo.Address, endpoints.Value.GatewayPort), 0);
        address = new(() => SiloAddress.New(silo, Math.Max(SiloAddress.AllocateNewGeneration(), newest + 1)));
    }

    public string Name { get; }

    public string ClusterId { get; }

    public string DnsHostName { get; }

    public SiloAddress SiloAddress => address.Value;

    public SiloAddress GatewayAddress { get; }

    /// <summary>Makes this start later than one of which the cluster knows. To be called before the runtime starts.</summary>
    public void Follow(int generation)
    {
        newest = generation;
        if (SiloAddress.Generation == generation + 1)
        {
            LogFollows(SiloAddress);
        }
    }

    [LoggerMessage(251, LogLevel.Warning, "A node had started at the address of {Silo} with a clock that was ahead; this one follows it.")]
    private partial void LogFollows(SiloAddress silo);
}
