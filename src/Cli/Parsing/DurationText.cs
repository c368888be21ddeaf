namespace Sessions.Cli.Parsing;

/// <summary>Durations on the command line and in files, in every form of <see cref="DurationFormat"/>.</summary>
internal static class DurationText
{
    public static Parsed<TimeSpan> Parse(string text) => DurationFormat.TryParse(text, out var duration, out var problem)
        ? duration
        : Parsed<TimeSpan>.Wrong($"is {Plain.Quote(text)}: it {problem}");

    /// <summary>The short form that <see cref="Parse"/> reads again, exact to the millisecond.</summary>
    public static string Write(TimeSpan duration) => DurationFormat.Write(duration);
}
