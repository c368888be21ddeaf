using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// Says which gateways the cluster has. It is answered by the node that a client's question reaches first, so an answer also shows that the
/// gateway works.
/// </summary>
[Alias("sessions.IGatewaysGrain")]
public interface IGatewaysGrain : IGrainWithIntegerKey
{
    /// <summary>The gateways of the nodes that are up, as far as this node knows.</summary>
    [Alias("List"), ReadOnly]
    ValueTask<GatewayAddresses> List();
}
