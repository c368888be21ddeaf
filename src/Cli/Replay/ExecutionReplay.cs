using Sessions.Client;

namespace Sessions.Cli.Replay;

/// <summary>
/// Runs recorded executions in logical time: admitted by the cluster, nesting what nested, and over at once with the outcome that
/// was recorded.
/// </summary>
internal sealed class ExecutionReplay(FunctionName nested, ExecutionProgress progress, Action<SessionException> onRefused, TimeProvider time)
{
    public async Task RunAsync(SessionHandle session, WorkloadExecution recorded, Latencies latencies, CancellationToken cancellationToken)
    {
        if (recorded.Ending == WorkloadEnding.Unsettled)
        {
            // Whoever ran it was gone. Here its holder lives on, but never says a word about it again.
            await session.AdmitAsync(recorded.Function, cancellationToken);
            progress.OnAdmitted();
            progress.OnUnsettled();
            return;
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (started, isAdmitted) = (time.GetTimestamp(), false);
        try
        {
            await session.ExecuteAsync(
                recorded.Function,
                async context =>
                {
                    isAdmitted = true;
                    progress.OnAdmitted();
                    await EndAsync(context, recorded, giveUp, latencies);
                },
                cancellationToken: giveUp.Token);
            progress.OnSucceeded();
        }
        catch (RecordedFailureException)
        {
            progress.OnFailed();
        }
        catch (OperationCanceledException) when (recorded.Ending == WorkloadEnding.Cancelled && !cancellationToken.IsCancellationRequested)
        {
            progress.OnCancelled();
        }
        catch (SessionException) when (isAdmitted)
        {
            // It ran for so long, on a cluster so slow, that the session had stopped waiting for it.
            progress.OnUnsettled();
        }

        latencies.Add(ReplayCall.Execute, time.GetElapsedTime(started));
    }

    private async ValueTask EndAsync(SessionContext context, WorkloadExecution recorded, CancellationTokenSource giveUp, Latencies latencies)
    {
        for (var i = 0; i < recorded.Inside; i++)
        {
            await NestAsync(context, latencies);
        }

        switch (recorded.Ending)
        {
            case WorkloadEnding.Cancelled:
                await giveUp.CancelAsync();
                context.CancellationToken.ThrowIfCancellationRequested();
                break;
            case WorkloadEnding.Throws:
                throw new RecordedFailureException();
        }
    }

    private async ValueTask NestAsync(SessionContext context, Latencies latencies)
    {
        var (started, isAdmitted) = (time.GetTimestamp(), false);
        try
        {
            await context.ExecuteAsync(nested, _ =>
            {
                isAdmitted = true;
                progress.OnAdmitted();
                progress.OnNested();
                return ValueTask.CompletedTask;
            });
            progress.OnSucceeded();
        }
        catch (SessionException) when (isAdmitted)
        {
            progress.OnUnsettled();
        }
        catch (SessionException refusal)
        {
            // What it nests in goes on: it is recorded how that ended.
            onRefused(refusal);
            return;
        }

        latencies.Add(ReplayCall.Execute, time.GetElapsedTime(started));
    }

    private sealed class RecordedFailureException : Exception;
}
