using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary>Activating a session, and waiting for a place where that is asked for.</summary>
internal static class Activation
{
    public static Option<TimeSpan?> Wait() => Values.Converted(
        "--wait",
        "DURATION",
        "Wait for a place where the namespace has as many live sessions as it may, 1s to 1h; no longer than its policy permits. Default: not at all.",
        DurationText.Parse);

    public static Task<SessionSnapshot> ActivateAsync(
        this CommandContext context, SessionHandle session, TimeSpan? wait, string? reason, CancellationToken cancellationToken) =>
        ActivateAsync(context, session, new ActivateSessionOptions { Reason = reason, WaitForPlace = wait }, cancellationToken);

    /// <summary>
    /// Activates what was just created. Where that is refused, a session under an id that nobody stated is closed, so that attempts leave
    /// nothing behind; one under a stated id stays, the error names it, and the same command goes on with it.
    /// </summary>
    public static async Task ActivateCreatedAsync(
        this CommandContext context, SessionHandle session, bool hasStatedId, TimeSpan? wait, string? reason, CancellationToken cancellationToken)
    {
        try
        {
            await ActivateAsync(
                context,
                session,
                new ActivateSessionOptions { Reason = reason, WaitForPlace = wait, CloseIfNotActivated = !hasStatedId },
                cancellationToken);
        }
        catch (SessionException refused) when (hasStatedId)
        {
            var status = refused.Error.Status ?? session.LastSeen?.Status;
            if (status is SessionStatus.Failed or SessionStatus.Cancelled or SessionStatus.Closing or SessionStatus.Closed)
            {
                // Nothing stays that could be used.
                throw;
            }

            throw SessionException.From(
                refused.Error with
                {
                    SessionId = session.Id,
                    Status = status,
                    Message = $"{refused.Error.Message} The session {session.Id} was created and is {status}: run the same command again to go on "
                        + $"with it, or 'sessions close {session.Id}'.",
                },
                refused);
        }
    }

    private static Task<SessionSnapshot> ActivateAsync(
        CommandContext context, SessionHandle session, ActivateSessionOptions options, CancellationToken cancellationToken) =>
        options.WaitForPlace is null
            ? session.ActivateAsync(options, cancellationToken)
            : PlaceDisplay.FollowAsync(context.Output, progress => session.ActivateAsync(options with { Progress = progress }, cancellationToken));
}
