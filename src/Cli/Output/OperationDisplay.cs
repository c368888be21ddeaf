using Sessions.Cli.Commands;
using Sessions.Client;
using Spectre.Console;

namespace Sessions.Cli.Output;

/// <summary>Shows how far an operation is until it has ended: a bar on a terminal, a line every two seconds elsewhere.</summary>
internal static class OperationDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(2);

    /// <summary>Follows the operation and shows what became of it. Who stops that leaves the operation alone, and is told how to find it.</summary>
    public static async Task<int> FollowAsync(CommandContext context, SessionOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            var last = context.Output.IsLive
                ? await DrawAsync(context.Output, operation, cancellationToken)
                : await NoteAsync(context, operation, cancellationToken);
            context.Show(last);
            return last is { Status: OperationStatus.Done, Refused: 0 } ? ExitCodes.Done : ExitCodes.Refused;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Output.Fail(new()
            {
                Code = "Interrupted",
                Message = $"The operation {operation.Id} goes on.",
                Hint = $"follow it with 'sessions operations get {operation.Id} --follow', or stop it with 'sessions operations cancel {operation.Id}'",
            });
            return ExitCodes.Interrupted;
        }
    }

    private static Task<OperationSnapshot> DrawAsync(Output output, SessionOperation operation, CancellationToken cancellationToken) =>
        output.Console.Progress().AutoClear(true).StartAsync(async display =>
        {
            var bar = display.AddTask("counting");
            OperationSnapshot? last = null;
            await foreach (var now in operation.ProgressAsync(cancellationToken))
            {
                // Where nobody knows how many there are, the bar only says that it goes on.
                bar.Description = Markup.Escape(OperationViews.Line(now));
                bar.IsIndeterminate = now.Total is null;
                bar.MaxValue = Math.Max(1, now.Total ?? now.Answered);
                bar.Value = Math.Min(bar.MaxValue, now.Answered);
                last = now;
            }

            return last!;
        });

    private static async Task<OperationSnapshot> NoteAsync(CommandContext context, SessionOperation operation, CancellationToken cancellationToken)
    {
        var time = context.Environment.Time;
        var (last, noted) = ((OperationSnapshot?)null, time.GetTimestamp());
        await foreach (var now in operation.ProgressAsync(cancellationToken))
        {
            if (!now.IsFinal && time.GetElapsedTime(noted) >= LineEvery)
            {
                context.Output.Note(OperationViews.Line(now));
                noted = time.GetTimestamp();
            }

            last = now;
        }

        return last!;
    }
}
