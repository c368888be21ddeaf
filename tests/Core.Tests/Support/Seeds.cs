using System.Globalization;

namespace Sessions.Core.Tests.Support;

/// <summary>How many random runs are played: few where a developer waits for them, as many as SESSIONS_SEEDS says elsewhere.</summary>
internal static class Seeds
{
    /// <summary>The number to which the sizes of all random tests are given.</summary>
    private const int Full = 300;

    private const int Local = 60;

    /// <summary>How many seeds a simulation plays: SESSIONS_SEEDS, or 60.</summary>
    public static int Count { get; } = Number("SESSIONS_SEEDS") ?? Local;

    /// <summary>The one seed that is to be played alone: SESSIONS_SEED; null without it.</summary>
    public static int? Only { get; } = Number("SESSIONS_SEED");

    /// <summary>The size of a property test in proportion to <see cref="Count"/>; at least 1.</summary>
    /// <param name="full">How many cases it tries with 300 seeds.</param>
    public static int Scale(int full) => (int)Math.Max(1, (long)full * Count / Full);

    /// <summary>Plays seeds on all cores, and gives what came of them in the order of the seeds; one that is not asked for is not played.</summary>
    public static IEnumerable<TResult> Play<TResult>(IEnumerable<int> seeds, Func<int, TResult> play) =>
        seeds.Chunk(Environment.ProcessorCount).SelectMany(some => some.AsParallel().AsOrdered().Select(play).ToArray());

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
