using System.Globalization;
using System.Text.Json;

namespace Sessions.Storage.Sqlite.Files;

/// <summary>
/// Keeps a store's file for one process. The operating system holds the lock and releases it with the process, also when that is killed.
/// Beside the lock a note says who has it, for those who are refused.
/// </summary>
internal sealed class FileOwner : IDisposable
{
    // What the operating systems call a file that another process has: EWOULDBLOCK of Linux and of macOS, and a sharing violation.
    private static readonly int[] HeldByOthers = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream held;

    private FileOwner(FileStream held) => this.held = held;

    /// <exception cref="StoreFileException">Another process has the file, or its folder cannot be written to.</exception>
    public static FileOwner Take(string path, TimeProvider clock)
    {
        FileStream held;
        try
        {
            held = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (HeldByOthers.Contains(e.HResult))
        {
            throw new StoreFileException(
                StoreFileProblem.InUse,
                path,
                $"{path} is in use by {Describe(path)}. One process at a time can have it: stop that one, or use another folder.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Of(e, path);
        }

        try
        {
            var note = new Note(Environment.ProcessId, Environment.MachineName, clock.GetUtcNow());
            File.WriteAllBytes(NoteOf(path), JsonSerializer.SerializeToUtf8Bytes(note));
            return new FileOwner(held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw StoreErrors.Of(e, path);
        }
    }

    // The file of the lock stays: were it deleted, a process that opened it before could lock what no other one sees.
    public void Dispose() => held.Dispose();

    private static string NoteOf(string path) => path + ".owner";

    private static string Describe(string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<Note>(File.ReadAllBytes(NoteOf(path))) is { } note)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"process {note.Pid} on {note.Host} since {note.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // It is being written at this moment.
        }

        return "another process";
    }

    private sealed record Note(int Pid, string Host, DateTimeOffset Since);
}
