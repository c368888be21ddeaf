using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions watch</c>.</summary>
internal static class WatchCommand
{
    // What was shown since the last checkpoint is shown again after a crash, and a checkpoint is a write.
    private const int EventsPerCheckpoint = 100;
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(1);

    public static Command Watch(CommandRunner runner)
    {
        var session = Values.OptionalArgument<SessionId>("SESSION", "Show the events of this session, and end with it.");
        var within = Values.Parsable<SessionNamespace>("--namespace", "PATH", "Show the events of the sessions there and below.");
        var from = Values.Converted("--from", "CURSOR|start|now", "Only what follows. Default: start. Of one session: a sequence, start or now.", Place.Parse);
        var subscription = Values.Parsable<SubscriptionName>(
            "--subscription", "NAME", "Go on where the last watch under this name ended; --from says where the first one starts.");
        var count = Values.Converted("--count", "N", "End after so many events. Default: never.", ParseCount);
        var command = runner.Command(
            "watch",
            "Show events: those that there are, and then those that come. With --json one object per line.",
            [session, within, from, subscription, count],
            async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var (place, most) = (parsed.GetValue(from) ?? Place.Start, parsed.GetValue(count) ?? long.MaxValue);
                await (parsed.GetValue(within) is not { } @namespace
                    ? ShowAsync(context, OfSession(context.Client.Get(parsed.GetValue(session)!.Value), place, cancellationToken), most)
                    : parsed.GetValue(subscription) is not { } name
                        ? ShowAsync(context, OfNamespace(context.Client, @namespace, place, cancellationToken), most)
                        : ShowSubscriptionAsync(
                            context,
                            await context.Client.SubscribeAsync(name, @namespace, new() { From = place.Cursor }, cancellationToken),
                            most,
                            cancellationToken));
            });
        command.Validators.Add(result =>
        {
            if (result.GetResult(session) is { Tokens.Count: > 0 } == result.GetResult(within) is not null)
            {
                result.AddError("SESSION and --namespace exclude each other, and one of them is needed.");
            }
            else if (result.GetResult(subscription) is not null && result.GetResult(within) is null)
            {
                result.AddError("--subscription needs --namespace.");
            }
            else if (result.GetResult(from)?.Tokens is [var stated] && Place.Parse(stated.Value).Value is { IsEither: false } place
                && place.IsSequence != result.GetResult(within) is null)
            {
                result.AddError("--from is a cursor with --namespace, and a sequence with SESSION.");
            }
        });
        return command;
    }

    private static async Task ShowAsync(CommandContext context, IAsyncEnumerable<(EventCursor? Cursor, SessionEvent Event)> events, long most)
    {
        await foreach (var (cursor, e) in events)
        {
            context.Output.Write(() => EventJson.Of(cursor, e), () => Views.Event(e));
            if (--most <= 0)
            {
                return;
            }
        }
    }

    private static async Task ShowSubscriptionAsync(
        CommandContext context, SessionSubscription subscription, long most, CancellationToken cancellationToken)
    {
        var (shown, unkept, kept) = (subscription.Cursor, 0, context.Environment.Time.GetTimestamp());
        try
        {
            await foreach (var (cursor, e) in subscription.ReadAsync(cancellationToken))
            {
                context.Output.Write(() => EventJson.Of(cursor, e), () => Views.Event(e));
                shown = cursor;
                if (--most <= 0)
                {
                    return;
                }

                if (++unkept >= EventsPerCheckpoint || context.Environment.Time.GetElapsedTime(kept) >= CheckpointInterval)
                {
                    await subscription.CheckpointAsync(shown, cancellationToken);
                    (unkept, kept) = (0, context.Environment.Time.GetTimestamp());
                }
            }
        }
        finally
        {
            // Also where the user stops it: what was shown was shown.
            await subscription.CheckpointAsync(shown, CancellationToken.None);
        }
    }

    private static async IAsyncEnumerable<(EventCursor?, SessionEvent)> OfNamespace(
        SessionsClient client, SessionNamespace @namespace, Place place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (cursor, e) in client.WatchAsync(@namespace, new() { After = place.Cursor }, cancellationToken))
        {
            yield return (cursor, e);
        }
    }

    private static async IAsyncEnumerable<(EventCursor?, SessionEvent)> OfSession(
        SessionHandle session, Place place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = place.IsNow ? (await session.GetAsync(cancellationToken)).Version : 0;
        await foreach (var e in session.WatchAsync(place.Sequence, cancellationToken: cancellationToken))
        {
            if (e.Version > seen)
            {
                yield return (null, e);
            }
        }
    }

    private static Parsed<long> ParseCount(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1
            ? count
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, not a whole number from 1 on");

    /// <summary>Where a watch begins: at a cursor, or in the log of one session after a sequence.</summary>
    private readonly record struct Place(EventCursor Cursor, long Sequence, bool IsSequence, bool IsEither)
    {
        public static readonly Place Start = new(EventCursor.Start, 0, IsSequence: false, IsEither: true);

        private static readonly Place Now = new(EventCursor.End, 0, IsSequence: false, IsEither: true);

        public bool IsNow => Cursor == EventCursor.End;

        public static Parsed<Place> Parse(string text) => text switch
        {
            "start" => Start,
            "now" => Now,
            _ when EventCursor.TryParse(text, out var cursor) => new Place(cursor, 0, IsSequence: false, IsEither: false),
            _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) =>
                new Place(EventCursor.Start, sequence, IsSequence: true, IsEither: false),
            _ => Parsed<Place>.Wrong($"is {Plain.Quote(text)}, neither a cursor, c-…, nor a sequence, nor 'start' or 'now'"),
        };
    }
}
