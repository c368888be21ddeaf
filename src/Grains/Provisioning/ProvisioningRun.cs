using System.Diagnostics.CodeAnalysis;
using Sessions.Core;
using Sessions.Grains.Hosting;

namespace Sessions.Grains.Provisioning;

/// <summary>
/// One stage of a provisioner's work, off the grain's scheduler, so that the session can still be asked, and closed, while
/// it goes on. It ends by the record's deadline whatever the provisioner does, and reports exactly once unless abandoned.
/// </summary>
// The source has no timer and links to nothing, so there is nothing in it to dispose of; who abandons a run keeps no hold of it.
[SuppressMessage("Design", "CA1001", Justification = "See above.")]
internal sealed class ProvisioningRun
{
    // A tenth of the time is kept back to tear down what a failed stage left behind.
    private const int TeardownShare = 10;
    private static readonly TimeSpan RetryTeardownAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource abandoned = new();
    private readonly ISessionProvisioner? provisioner;
    private readonly string provisionerName;
    private readonly SessionSnapshot session;
    private readonly TimeProvider time;
    private readonly Func<string?, Task> report;
    private readonly Task after;

    private ProvisioningRun(
        SessionRecord record, ProvisionerRegistry provisioners, TimeProvider time, Func<string?, Task> report, Task after)
    {
        Stage = record.Status;
        session = record.ToSnapshot();
        provisionerName = record.Provisioner!;
        provisioner = provisioners.Find(provisionerName);
        this.time = time;
        this.report = report;
        this.after = after;
        Completion = Task.Run(RunAsync);
    }

    /// <summary>The state in which the work was begun.</summary>
    public SessionStatus Stage { get; }

    /// <summary>Ends when the provisioner is no longer called.</summary>
    public Task Completion { get; }

    /// <summary>Whether <paramref name="record"/> waits for a provisioner. What children use is torn down after them.</summary>
    public static bool IsNeeded(SessionRecord record) =>
        record.Provisioner is not null
        && (record.Status is SessionStatus.Creating or SessionStatus.Activating
            || (record.Status == SessionStatus.Closing && record.Children.IsEmpty));

    /// <summary>Begins the stage that <paramref name="record"/> waits for.</summary>
    /// <param name="record">The session.</param>
    /// <param name="provisioners">Where to find its provisioner.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Told the failure, or null.</param>
    /// <param name="after">The run before, whose provisioner call must be over first.</param>
    public static ProvisioningRun Start(
        SessionRecord record, ProvisionerRegistry provisioners, TimeProvider time, Func<string?, Task> report, Task after) =>
        new(record, provisioners, time, report, after);

    /// <summary>Stops the work without a report: the session has left the stage, or another activation takes over.</summary>
    public void Abandon() => abandoned.Cancel();

    private async Task RunAsync()
    {
        await after.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            var failure = provisioner is null
                ? $"This silo has no provisioner '{provisionerName}'."
                : Stage == SessionStatus.Closing ? await ReleaseUntilDoneAsync(provisioner) : await AdvanceAsync(provisioner);
            abandoned.Token.ThrowIfCancellationRequested();
            await report(failure);
        }
        catch (OperationCanceledException) when (abandoned.IsCancellationRequested)
        {
            // Whoever abandoned the run has taken the session over.
        }
    }

    private async Task<string?> AdvanceAsync(ISessionProvisioner provisioner)
    {
        var left = session.Deadline!.Value - time.GetUtcNow();
        var failure = left <= TimeSpan.Zero
            ? "The deadline passed."
            : await AttemptAsync(
                Stage == SessionStatus.Creating ? provisioner.PrepareAsync : provisioner.ActivateAsync,
                left - (left / TeardownShare));
        if (failure is not null)
        {
            // Best effort: the session fails for the first reason, whatever becomes of the teardown.
            left = session.Deadline.Value - time.GetUtcNow();
            await AttemptAsync(provisioner.ReleaseAsync, left > TimeSpan.Zero ? left : RetryTeardownAfter);
        }

        return failure;
    }

    private async Task<string?> ReleaseUntilDoneAsync(ISessionProvisioner provisioner)
    {
        while (true)
        {
            var left = session.Deadline!.Value - time.GetUtcNow();
            var failure = await AttemptAsync(provisioner.ReleaseAsync, left > TimeSpan.Zero ? left : RetryTeardownAfter);
            if (failure is null || session.Deadline.Value - time.GetUtcNow() <= RetryTeardownAfter)
            {
                return failure;
            }

            await Task.Delay(RetryTeardownAfter, time, abandoned.Token);
        }
    }

    private async Task<string?> AttemptAsync(Func<SessionSnapshot, CancellationToken, Task> call, TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abandoned.Token);
        try
        {
            // WaitAsync as well, because a provisioner may not look at its token.
            await call(session, either.Token).WaitAsync(either.Token);
            return null;
        }
        catch (OperationCanceledException) when (abandoned.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return $"The provisioner '{provisionerName}' did not end within {patience}.";
        }
#pragma warning disable CA1031 // Whatever a provisioner throws means that it failed; nothing of it may leave the session waiting.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception.Message;
        }
    }
}
