namespace Sessions.Grains.Isolation;

/// <summary>
/// Work of a grain that is done once at a time; and once more where it was asked for meanwhile, because what was under way may have been
/// too early. In the turns of its grain.
/// </summary>
/// <param name="work">What to do.</param>
/// <param name="failed">Told of what went wrong. Whoever asks next begins anew.</param>
internal sealed class OnceMore(Func<Task> work, Action<Exception> failed)
{
    private Task run = Task.CompletedTask;
    private bool isWanted;

    /// <summary>Does it. The task never fails, and ends when everything is done that was asked for until then.</summary>
    public Task RunAsync()
    {
        isWanted = true;
        return run.IsCompleted ? run = DoAsync() : run;
    }

    private async Task DoAsync()
    {
        try
        {
            while (isWanted)
            {
                isWanted = false;
                await work();
            }
        }
#pragma warning disable CA1031 // Some of those who asked do not wait, and whatever it is must reach the log, and must not keep the next from beginning.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failed(exception);
        }
    }
}
