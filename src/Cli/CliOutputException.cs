namespace Sessions.Cli;

/// <summary>A result that was got could not be written: the disk is full, or stdout is closed.</summary>
internal sealed class CliOutputException(Exception cause)
    : Exception($"The command was done, but its result could not be written: {cause.Message}", cause)
{
    public static bool IsCause(Exception fault) => fault is IOException or UnauthorizedAccessException;
}
