using Orleans.Runtime;

namespace Sessions.Silo;

/// <summary>
/// Ends the process when the runtime cannot go on, mostly because the other nodes have declared this one dead: with one line that says so
/// and the exit code for a cause outside, so that a supervisor starts it again. The runtime's own handler aborts the process.
/// </summary>
internal sealed class FatalErrorHandler : IFatalErrorHandler
{
    private int isEnding;

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref isEnding, 1) != 0)
        {
            return;
        }

        Console.Error.WriteLine(Describe(context, exception));

        // Not in order: the other nodes have taken its sessions over.
        Environment.Exit(ExitCodes.Outside);
    }

    private static string Describe(string? context, Exception? exception)
    {
        var reason = exception is null ? context : $"{context} {exception.GetType().Name}: {exception.Message}";
        return $"The node ends, because the cluster runtime cannot go on. Start it again. {reason}".ReplaceLineEndings(" ");
    }
}
