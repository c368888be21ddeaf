using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>A store whose ports go wrong where a test wants them to.</summary>
/// <param name="inner">The store behind, which does what the test lets through.</param>
internal sealed class FaultyStorage(SessionStorage inner)
{
    /// <summary>The store behind.</summary>
    public SessionStorage Inner => inner;

    public FaultySessionStore Sessions { get; } = new(inner.Sessions);

    public CountedDueSessions Due { get; } = new(inner.Due);

    public FaultyEventLog Log { get; } = new(inner.Log);

    public FaultySessionSearch Search { get; } = new(inner.Search);

    public FaultySessionDataStore Data { get; } = new(inner.Data);

    public FaultyPolicyStore Policies { get; } = new(inner.Policies);

    public FaultyOperationStore Operations { get; } = new(inner.Operations);

    /// <summary>The ports as a silo takes them.</summary>
    public SessionStorage Ports => new(Sessions, Due, Log, Search, Data, Policies, Operations);
}
