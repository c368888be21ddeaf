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
        this CommandContext context, SessionHandle session, TimeSpan? wait, string? reason, CancellationToken cancellationToken)
    {
        var options = new ActivateSessionOptions { Reason = reason, WaitForPlace = wait };
        return wait is null
            ? session.ActivateAsync(options, cancellationToken)
            : PlaceDisplay.FollowAsync(context.Output, progress => session.ActivateAsync(options with { Progress = progress }, cancellationToken));
    }
}
