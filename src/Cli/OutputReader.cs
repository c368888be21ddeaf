using System.Runtime.InteropServices;

namespace Sessions.Cli;

/// <summary>
/// Whether somebody still reads a pipe to which the process writes. A write would tell; a command that waits for something to happen writes nothing.
/// </summary>
internal static class OutputReader
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private const int Output = 1;

    // From poll.h, the same on Linux and macOS.
    private const short Error = 0x8;
    private const short Invalid = 0x20;

    public static bool CanBeWatched => Console.IsOutputRedirected && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS());

    public static bool IsGone()
    {
        var output = new Polled { Descriptor = Output };
        return Poll(ref output, 1, 0) > 0 && (output.Returned & (Error | Invalid)) != 0;
    }

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Polled descriptors, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
