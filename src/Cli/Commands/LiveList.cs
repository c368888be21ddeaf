using System.Collections.Immutable;
using System.Threading.Channels;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Commands;

/// <summary>
/// A list that is kept up to date. Events only say that something changed; what is shown is read again each time, so that a list is
/// never put together from what was missed.
/// </summary>
internal sealed class LiveList(
    CommandContext context, Func<SessionQuery> query, SessionOrder order, int most, ImmutableArray<string>? columns)
{
    // A burst of events is one look, and time passes without any.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Task listening = Task.CompletedTask;

    /// <summary>Shows the list until so many changes were shown, or the user stops it.</summary>
    public async Task ShowAsync(long changesToShow, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        listening = ListenAsync(query().Namespace!.Value, ended.Token);
        try
        {
            await (context.Output.IsLive ? DrawAsync(changesToShow, ended.Token) : WriteAsync(changesToShow, ended.Token));
        }
        finally
        {
            await ended.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(SessionNamespace within, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in context.Client.WatchAsync(within, new() { After = EventCursor.End }, cancellationToken))
            {
                changes.Writer.TryWrite(true);
            }
        }
        finally
        {
            changes.Writer.Complete();
        }
    }

    private async Task DrawAsync(long changesToShow, CancellationToken cancellationToken)
    {
        await context.Output.Console.Live(View(await ReadAsync(cancellationToken))).AutoClear(false).StartAsync(async display =>
        {
            for (var shown = 0L; shown < changesToShow; shown++)
            {
                await WaitAsync(cancellationToken);
                display.UpdateTarget(View(await ReadAsync(cancellationToken)));
            }
        });
    }

    private async Task WriteAsync(long changesToShow, CancellationToken cancellationToken)
    {
        var before = new Dictionary<SessionId, SessionSnapshot>();
        for (var shown = 0L; ; await WaitAsync(cancellationToken))
        {
            var now = (await ReadAsync(cancellationToken)).ToDictionary(session => session.Id);
            var gone = before.Values.Where(session => !now.ContainsKey(session.Id)).Select(session => (session, IsListed: false));
            var changed = now.Values.Where(session => before.GetValueOrDefault(session.Id)?.Version != session.Version).Select(session => (session, IsListed: true));
            foreach (var (session, isListed) in gone.Concat(changed))
            {
                context.Output.Write(() => new ListedJson(isListed, SessionJson.Of(session)), () => ListViews.Line(session, isListed));
                if (++shown >= changesToShow)
                {
                    return;
                }
            }

            before = now;
        }
    }

    private IRenderable View(IReadOnlyList<SessionSnapshot> sessions) =>
        ListViews.Sessions(sessions, context.Output.Now, context.Output.Console.Profile.Width, columns);

    private async Task<IReadOnlyList<SessionSnapshot>> ReadAsync(CancellationToken cancellationToken) =>
        (await ListCommand.ReadAsync(context, query(), order, most, cancellationToken)).Sessions;

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, context.Environment.Time, cancellationToken);
        using var patience = new CancellationTokenSource(LookEvery, context.Environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await changes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing happened; what ends soon has come nearer all the same.
        }
        catch (ChannelClosedException)
        {
            // Whoever waits for changes is to hear why none will come.
            await listening;
            throw;
        }
    }
}
