using System.Collections.Immutable;

namespace Sessions;

/// <summary>Where gateways of a cluster listen, as their nodes say it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.GatewayAddresses")]
public sealed record GatewayAddresses
{
    /// <summary>Each as <c>ipv4:port</c> or <c>[ipv6]:port</c>.</summary>
    [Id(0)]
    public ImmutableArray<string> Endpoints { get; init; } = [];
}
