using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Executions that run until the test ends them.</summary>
internal sealed class HeldExecutions(FunctionName function)
{
    private readonly TaskCompletionSource end = new();
    private readonly List<Task> running = [];
    private int begun;

    /// <summary>Begins one, with a unit of a lease or admitted strictly.</summary>
    public void Begin(SessionHandle session, bool isStrict) => running.Add(RunAsync(session, isStrict));

    /// <summary>Waits until all of them run.</summary>
    public Task WaitUntilAllRunAsync() => Eventually.Passes(
        () =>
        {
            ThrowIfOneHasEnded();
            return Volatile.Read(ref begun);
        },
        running.Count - 1,
        "all of them run");

    /// <summary>Fails if one has ended before the test ended it.</summary>
    public void ThrowIfOneHasEnded()
    {
        if (running.Find(static one => one.IsCompleted) is { } ended)
        {
            throw (Exception?)ended.Exception ?? new InvalidOperationException("It has ended by itself.");
        }
    }

    /// <summary>Ends them, and waits until all have succeeded.</summary>
    public Task EndAsync()
    {
        ThrowIfOneHasEnded();
        end.SetResult();
        return Task.WhenAll(running);
    }

    private async Task RunAsync(SessionHandle session, bool isStrict) => await session.ExecuteAsync(
        function,
        async context =>
        {
            Interlocked.Increment(ref begun);
            await end.Task.WaitAsync(context.CancellationToken);
        },
        new() { Strict = isStrict });
}
