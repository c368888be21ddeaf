namespace Sessions.Benchmarks.Search;

/// <summary>Reads one session from the store and answers with what it found, on the same way as a page of a list.</summary>
[Alias("benchmarks.IPointReadGrain")]
internal interface IPointReadGrain : IGrainWithIntegerKey
{
    [Alias("Read")]
    ValueTask<SessionSnapshot?> Read(SessionId id);
}
