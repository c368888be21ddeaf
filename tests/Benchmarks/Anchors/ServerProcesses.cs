using System.Globalization;
using Npgsql;

namespace Sessions.Benchmarks.Anchors;

/// <summary>The processes of a PostgreSQL on this machine, all of them together, as the kernel accounts for them.</summary>
internal sealed class ServerProcesses
{
    private const long TicksPerKernelTick = TimeSpan.TicksPerSecond / 100;

    // As numbered in proc(5), from 1; the name in brackets before them may hold anything, and is cut off.
    private const int ParentField = 4;
    private const int OwnTimeField = 14;
    private const int EndedChildrenField = 16;

    private readonly int root;

    private ServerProcesses(int root) => this.root = root;

    /// <summary>The CPU time that all of them have used so far, also those that have ended.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            var ticks = 0L;
            foreach (var directory in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                    && Read(process) is { } fields && (process == root || fields[ParentField] == root))
                {
                    ticks += fields[OwnTimeField] + fields[OwnTimeField + 1];
                    ticks += process == root ? fields[EndedChildrenField] + fields[EndedChildrenField + 1] : 0;
                }
            }

            return TimeSpan.FromTicks(ticks * TicksPerKernelTick);
        }
    }

    /// <summary>Those of the server behind a connection.</summary>
    public static async Task<ServerProcesses> OfAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        var fields = Read(connection.ProcessID)
            ?? throw new InvalidOperationException("The server's processes cannot be seen; it has to run on this machine.");
        return new ServerProcesses((int)fields[ParentField]);
    }

    /// <summary>The numbers of a process; null if it has ended.</summary>
    private static long[]? Read(int process)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var words = text[(text.LastIndexOf(')') + 2)..].Split(' ');

            // The word after the name is the third field.
            return [0, 0, 0, .. words.Select(word => long.TryParse(word, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
