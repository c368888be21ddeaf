using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Sessions.Cluster.Tests;

/// <summary>What a silo tells other nodes and clients about the classes of its grains.</summary>
[Collection(ClusterGroup.Name)]
public sealed class GrainClassNamesTests(ClusterFixture cluster)
{
    // Clients find two classes for one grain type where nodes of two releases differ in these names, and cannot choose.
    [Fact]
    public void GrainClasses_InTheManifest_AreNamedAsInEarlierReleases()
    {
        string[] earlier =
        [
            "gateways Sessions.Grains.GatewaysGrain",
            "session Sessions.Grains.SessionGrain",
            "session-isolation-policy Sessions.Grains.IsolationPolicyGrain",
            "session-lifecycle-feed Sessions.Grains.LifecycleFeedGrain",
            "session-operation Sessions.Grains.SessionOperationGrain",
            "session-operation-list Sessions.Grains.SessionOperationListGrain",
            "session-search Sessions.Grains.SessionSearchGrain",
            "session-subscription Sessions.Grains.SubscriptionGrain",
            "session-template Sessions.Grains.TemplateGrain",
            "session-template-catalog Sessions.Grains.TemplateCatalogGrain",
        ];

        var manifest = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<IClusterManifestProvider>().LocalGrainManifest;

        Assert.Equal(
            earlier,
            manifest.Grains
                .Select(grain => $"{grain.Key} {grain.Value.Properties[WellKnownGrainTypeProperties.FullTypeName]}")
                .Where(grain => grain.Contains(" Sessions.Grains.", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }
}
