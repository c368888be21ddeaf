using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sessions.Testing.InMemory;

/// <summary>What grains keep beside the store of sessions. Values that grains write are immutable, and so it keeps them as they are.</summary>
internal sealed class LocalStates : IGrainStorage
{
    private readonly ConcurrentDictionary<(string Name, GrainId Grain), object> states = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = states.TryGetValue((stateName, grainId), out var state);
        grainState.State = grainState.RecordExists ? (T)state! : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        states[(stateName, grainId)] = grainState.State!;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        states.TryRemove((stateName, grainId), out _);
        return ReadStateAsync(stateName, grainId, grainState);
    }
}
