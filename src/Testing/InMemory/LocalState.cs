using Orleans.Runtime;

namespace Sessions.Testing.InMemory;

/// <summary>What a grain keeps beside the store of sessions. Values that grains write are immutable, and so it keeps them as they are.</summary>
internal sealed class LocalState<T> : IPersistentState<T>
    where T : new()
{
    private T committed = new();

    public T State { get; set; } = new();

    public string? Etag { get; private set; }

    public bool RecordExists => Etag is not null;

    public Task WriteStateAsync()
    {
        committed = State;
        Etag = "written";
        return Task.CompletedTask;
    }

    public Task ReadStateAsync()
    {
        State = committed;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync()
    {
        (committed, Etag) = (new T(), null);
        State = committed;
        return Task.CompletedTask;
    }
}
