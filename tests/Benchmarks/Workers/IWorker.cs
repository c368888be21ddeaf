namespace Sessions.Benchmarks.Workers;

/// <summary>A part of a benchmark that runs in a process of its own and works when it is told to.</summary>
internal interface IWorker : IAsyncDisposable
{
    /// <summary>Makes everything ready for the first turn.</summary>
    Task StartAsync();

    /// <summary>Works for one turn.</summary>
    /// <param name="turn">What to do, in words that the worker and its benchmark share; one line.</param>
    Task<TurnResult> TurnAsync(string turn);
}
