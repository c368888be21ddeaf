using Sessions.Cli.Parsing;
using Spectre.Console;

namespace Sessions.Cli.Output;

/// <summary>Shows where a session stands while it waits for a place: over itself on a terminal, a line for each change elsewhere.</summary>
internal static class PlaceDisplay
{
    /// <param name="output">Where to show it. Machines are not told: they wait for the result.</param>
    /// <param name="work">What waits, and tells where it stands.</param>
    public static Task<T> FollowAsync<T>(Output output, Func<IProgress<QueuePlace>, Task<T>> work)
    {
        if (output.IsLive)
        {
            return output.Console.Status().StartAsync(
                "activating", status => work(new Told(place => status.Status(Markup.Escape(Describe(place))))));
        }

        QueuePlace? last = null;
        return work(new Told(place =>
        {
            if (!output.IsJson && (last?.Namespace, last?.Position) != (place.Namespace, place.Position))
            {
                output.Note(Describe(place));
            }

            last = place;
        }));
    }

    private static string Describe(QueuePlace place)
    {
        var estimate = place.Estimate is { } time ? $", about {DurationText.Write(TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)))}" : "";
        return $"waiting for a place in {place.Namespace}: {place.Position} of {place.Waiting}{estimate}";
    }

    /// <summary>Tells at once: what .NET brings tells from the pool, in any order.</summary>
    private sealed class Told(Action<QueuePlace> tell) : IProgress<QueuePlace>
    {
        public void Report(QueuePlace value) => tell(value);
    }
}
