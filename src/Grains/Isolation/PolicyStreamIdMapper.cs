using System.Text;
using Orleans.Metadata;
using Orleans.Streams;

namespace Sessions.Grains.Isolation;

/// <summary>Leads the lifecycle stream of a namespace to the grain of its policy.</summary>
internal sealed class PolicyStreamIdMapper : IStreamIdMapper
{
    public const string Name = "sessions.policy";

    public IdSpan GetGrainKeyId(GrainBindings grainBindings, StreamId streamId) =>
        IdSpan.Create(GrainFactoryExtensions.NamespacePrefix + Encoding.UTF8.GetString(streamId.Key.Span));
}
