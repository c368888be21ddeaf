using System.Globalization;

namespace Sessions.TestKit;

/// <summary>A wall clock that a test sets for a process, by the library libfaketime. Its monotonic clock stays the machine's.</summary>
public sealed class FakedTime : IDisposable
{
    private static readonly string[] Folders = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"];

    private readonly string file = Path.GetTempFileName();

    /// <param name="ahead">How far the clock is ahead of the machine's.</param>
    public FakedTime(TimeSpan ahead) => Set(ahead);

    /// <summary>Why tests that need the library are skipped; null if they are not. On a build server they never are.</summary>
    public static string? SkipReason { get; } = Library is null && System.Environment.GetEnvironmentVariable("CI") != "true"
        ? "libfaketime is not installed here."
        : PostgresServer.SkipReason;

    /// <summary>For the process.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment =>
    [
        new("LD_PRELOAD", Library ?? throw new InvalidOperationException("libfaketime is not installed here.")),
        new("FAKETIME_TIMESTAMP_FILE", file),
        new("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        new("FAKETIME_CACHE_DURATION", "1"),
    ];

    private static string? Library => Folders.Select(folder => Path.Combine(folder, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);

    /// <summary>Sets the clock; the process sees it within a second.</summary>
    public void Set(TimeSpan ahead)
    {
        // Replaced as a whole: the process may read it at any time.
        var next = file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "-" : "+")}{Math.Abs(ahead.TotalSeconds):F0}s\n"));
        File.Move(next, file, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(file);
}

