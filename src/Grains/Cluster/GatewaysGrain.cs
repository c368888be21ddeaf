using Orleans.Concurrency;

namespace Sessions.Grains.Cluster;

/// <remarks>A stateless worker is where its caller's message arrives: the node of the gateway.</remarks>
[GrainType("gateways"), StatelessWorker]
internal sealed class GatewaysGrain(ClusterGateways gateways) : Grain, IGatewaysGrain
{
    public ValueTask<GatewayAddresses> List() => gateways.ReadAsync();
}
