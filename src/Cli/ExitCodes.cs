namespace Sessions.Cli;

/// <summary>What the tool's exit code says; scripts depend on it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int Unavailable = 3;

    // 128 and the number of SIGINT, as shells have it. The process ends with the number of the signal that it got.
    public const int Interrupted = 130;

    public const string Description =
        "Exit codes: 0 done; 1 refused, or a comparison failed; 2 wrong usage; "
        + "3 unavailable, or the outcome is unknown; 128 and the signal's number, such as 130, interrupted.";

    public static int Of(SessionErrorCode code) =>
        code is SessionErrorCode.Unavailable or SessionErrorCode.Internal ? Unavailable : Refused;
}
