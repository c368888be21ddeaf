using Sessions.Client;

namespace Sessions.Testing.Tests;

/// <summary>An execution that runs until it is cancelled.</summary>
internal sealed class Running
{
    private readonly TaskCompletionSource<SessionContext> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task ended = Task.CompletedTask;

    /// <summary>Its end, within the patience of a test.</summary>
    public Task Ended => ended.WaitAsync(SessionsTestHost.DefaultTimeout, TimeProvider.System);

    public bool IsCancelled => started.Task.Result.CancellationToken.IsCancellationRequested;

    /// <summary>Why it was cancelled.</summary>
    public CancellationCause Cause { get; private set; }

    public static async Task<Running> StartAsync(ISessionHandle session, FunctionName function)
    {
        var running = new Running();
        running.ended = session.ExecuteAsync(function, running.RunAsync).AsTask();
        await await Task.WhenAny(running.started.Task, running.ended).WaitAsync(SessionsTestHost.DefaultTimeout, TimeProvider.System);
        return running;
    }

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
