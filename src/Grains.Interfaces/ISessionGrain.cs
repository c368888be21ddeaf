using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// One session, keyed by the text of its <see cref="SessionId"/>. Refusals are values in the reply; the only exception that
/// leaves a silo is <see cref="SessionException"/>.
/// </summary>
[Alias("sessions.ISessionGrain")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Reserves the session.</summary>
    [Alias("Request")]
    ValueTask<SessionReply> Request(RequestSession command);

    /// <summary>Creates the session. The reply's state is Creating while a provisioner works.</summary>
    [Alias("Create")]
    ValueTask<SessionReply> Create(CreateSession command);

    /// <summary>Gives the reservation up.</summary>
    [Alias("Cancel")]
    ValueTask<SessionReply> Cancel(CancelSession command);

    /// <summary>Lets executions begin. The reply's state is Activating while a provisioner works.</summary>
    [Alias("Activate")]
    ValueTask<SessionReply> Activate(ActivateSession command);

    /// <summary>Stops executions for a while.</summary>
    [Alias("Pause")]
    ValueTask<SessionReply> Pause(PauseSession command);

    /// <summary>Lets executions go on.</summary>
    [Alias("Resume")]
    ValueTask<SessionReply> Resume(ResumeSession command);

    /// <summary>Moves the session's end.</summary>
    [Alias("Renew")]
    ValueTask<SessionReply> Renew(RenewSession command);

    /// <summary>Ends the session. The reply's state is Closing while a provisioner works.</summary>
    [Alias("Close")]
    ValueTask<SessionReply> Close(CloseSession command);

    /// <summary>The session as it stands.</summary>
    /// <param name="seenVersion">The highest version that the caller has seen; the answer is never older. 0 for none.</param>
    [Alias("Get")]
    ValueTask<SessionReply> Get(long seenVersion);

    /// <summary>Waits until the session has passed <paramref name="version"/>, or for <paramref name="patience"/>, and answers as it stands then.</summary>
    /// <param name="version">The version that the caller has seen.</param>
    /// <param name="patience">How long to wait, 0 to 20 s; more is cut to that.</param>
    [Alias("WaitForChange"), AlwaysInterleave]
    ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience);

    /// <summary>Changes what the session may do and use, from now on.</summary>
    [Alias("Adjust")]
    ValueTask<SessionReply> Adjust(AdjustSession command);

    /// <summary>Whether something may run now, and why or why not. Changes nothing, uses nothing.</summary>
    /// <param name="request">What is to run.</param>
    /// <param name="seenVersion">The highest version that the caller has seen; the answer is never older. 0 for none.</param>
    [Alias("Authorize"), AlwaysInterleave]
    ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion);

    /// <summary>Takes, renews or enlarges a lease, within which its holder admits executions by itself.</summary>
    [Alias("Lease"), AlwaysInterleave]
    ValueTask<LeaseReply> Lease(LeaseRequest request);

    /// <summary>Reports upon a lease without asking for anything; one that keeps nothing and runs nothing ends it.</summary>
    /// <returns>Why the report was refused; null if it was taken.</returns>
    [Alias("Report"), AlwaysInterleave]
    ValueTask<SessionError?> Report(LeaseReport report);

    /// <summary>Admits one execution.</summary>
    [Alias("Begin"), AlwaysInterleave]
    ValueTask<ExecutionReply> Begin(ExecutionRequest request);

    /// <summary>Asks for more time for an execution that was admitted by <see cref="Begin"/>.</summary>
    [Alias("Extend"), AlwaysInterleave]
    ValueTask<ExecutionReply> Extend(ExecutionRequest request);

    /// <summary>Reports the end of an execution that was admitted by <see cref="Begin"/>.</summary>
    /// <returns>Why the report was refused; null if it was taken.</returns>
    [Alias("Settle"), AlwaysInterleave]
    ValueTask<SessionError?> Settle(ExecutionSettlement settlement);

    /// <summary>Executions from the session's log, where it keeps one; the newest 1,000 are kept.</summary>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    [Alias("GetExecutions"), AlwaysInterleave]
    ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit);
}
