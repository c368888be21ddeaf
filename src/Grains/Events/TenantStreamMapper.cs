using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Streams;

namespace Sessions.Grains.Events;

/// <summary>Leads the lifecycle streams of all of a tenant's namespaces to one grain, keyed by the tenant.</summary>
internal sealed class TenantStreamMapper : IStreamIdMapper
{
    public const string Name = "sessions.tenant";

    public IdSpan GetGrainKeyId(GrainBindings grainBindings, StreamId streamId) =>
        IdSpan.Create(streamId.GetKeyAsString().Split('/', 2)[0]);
}
