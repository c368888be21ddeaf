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
}
