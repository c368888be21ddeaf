using Sessions.Client;

namespace Sessions.Cluster.Tests;

/// <summary>An execution that runs until its token is cancelled.</summary>
internal sealed class HangingExecution
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<SessionContext> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task execution = Task.CompletedTask;

    /// <summary>Whether it was admitted.</summary>
    public bool HasStarted => started.Task.IsCompletedSuccessfully;

    /// <summary>Why it was cancelled.</summary>
    public CancellationCause Cause { get; private set; }

    /// <summary>Begins one, and waits until it runs or is refused.</summary>
    public static async Task<HangingExecution> StartAsync(SessionHandle session, FunctionName function, ExecuteOptions? options = null)
    {
        var hanging = new HangingExecution();
        hanging.execution = session.ExecuteAsync(function, hanging.RunAsync, options).AsTask();
        await Task.WhenAny(hanging.started.Task, hanging.execution).WaitAsync(Patience);
        return hanging;
    }

    /// <summary>Waits for its end, and gives what it surfaced as.</summary>
    public Task<T> EndsAsync<T>()
        where T : Exception => Assert.ThrowsAsync<T>(() => execution.WaitAsync(Patience));

    /// <summary>Waits for its end, which is one of several, and gives what it surfaced as.</summary>
    public Task<SessionException> EndsAnyhowAsync() => Assert.ThrowsAnyAsync<SessionException>(() => execution.WaitAsync(Patience));

    private async ValueTask RunAsync(SessionContext context)
    {
        started.SetResult(context);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }
        finally
        {
            Cause = context.CancellationCause;
        }
    }
}
