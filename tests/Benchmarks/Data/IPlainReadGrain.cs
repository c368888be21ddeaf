using Orleans.Concurrency;

namespace Sessions.Benchmarks.Data;

/// <summary>What a read costs by itself: the question and the answer of <see cref="ISessionDataGrain.Reach"/>, and nothing judged in between.</summary>
[Alias("benchmarks.IPlainReadGrain")]
public interface IPlainReadGrain : IGrainWithStringKey
{
    /// <summary>Answers with the value that was put.</summary>
    [Alias("Read"), AlwaysInterleave]
    ValueTask<DataReply> Read(SessionId other, DataRequest request);

    /// <summary>Keeps a value.</summary>
    [Alias("Put")]
    ValueTask Put(DataValue value);
}
