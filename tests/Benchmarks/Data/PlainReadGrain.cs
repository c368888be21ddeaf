using Sessions.Client;

namespace Sessions.Benchmarks.Data;

/// <inheritdoc cref="IPlainReadGrain"/>
[GrainType("benchmarks.plain-read")]
internal sealed class PlainReadGrain : Grain, IPlainReadGrain
{
    private DataValue? held;

    public ValueTask<DataReply> Read(SessionId other, DataRequest request) =>
        ValueTask.FromResult(new DataReply { Value = held, DataVersion = 1 });

    public ValueTask Put(DataValue value)
    {
        held = value;
        return ValueTask.CompletedTask;
    }
}
