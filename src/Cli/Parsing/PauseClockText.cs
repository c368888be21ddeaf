namespace Sessions.Cli.Parsing;

/// <summary>Whether a paused session's clock <c>runs</c> or <c>stops</c>.</summary>
internal static class PauseClockText
{
    public static Parsed<PauseClock> Parse(string text) => text switch
    {
        "runs" => PauseClock.Runs,
        "stops" => PauseClock.Stops,
        _ => Parsed<PauseClock>.Wrong($"is {Plain.Quote(text)}, neither runs nor stops"),
    };

    public static string Write(PauseClock clock) => clock switch
    {
        PauseClock.Runs => "runs",
        PauseClock.Stops => "stops",
        _ => $"unknown({(int)clock})",
    };
}
