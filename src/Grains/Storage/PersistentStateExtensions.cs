namespace Sessions.Grains.Storage;

/// <summary>How our grains write state that Orleans's own providers keep.</summary>
internal static class PersistentStateExtensions
{
    /// <summary>Writes <paramref name="next"/>; after a failure the state is what it was, not what was not written.</summary>
    public static async Task WriteAsync<T>(this IPersistentState<T> state, T next)
    {
        var before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = before;
            throw;
        }
    }
}
