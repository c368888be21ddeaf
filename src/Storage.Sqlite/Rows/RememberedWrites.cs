using System.Buffers.Binary;
using Sessions.Core;
using Sessions.Core.Data;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>The last writes of a session's data, in one blob: for each the 16 bytes of its token and 8 of the version that it made.</summary>
internal static class RememberedWrites
{
    public const int TokenBytes = 16;
    public const int EntryBytes = TokenBytes + sizeof(long);

    /// <summary>The history beside them; null if there is none.</summary>
    public static AnswerHistory? ReadHistory(ReadOnlySpan<byte> numbers) => ReadNumbers(numbers) is { } read ? DataHistory.Of(read) : null;

    /// <summary>The numbers of the history beside them; null if there is none.</summary>
    public static long?[]? ReadNumbers(ReadOnlySpan<byte> numbers)
    {
        if (numbers.Length != DataHistory.Count * sizeof(long))
        {
            return null;
        }

        var read = new long?[DataHistory.Count];
        for (var i = 0; i < read.Length; i++)
        {
            var number = BinaryPrimitives.ReadInt64BigEndian(numbers[(i * sizeof(long))..]);
            read[i] = number == long.MinValue ? null : number;
        }

        return read;
    }

    /// <summary>The history as it is stored: its numbers, of 8 bytes each.</summary>
    public static byte[] WriteHistory(AnswerHistory history)
    {
        var written = new byte[DataHistory.Count * sizeof(long)];
        foreach (var (i, number) in DataHistory.NumbersOf(history).Index())
        {
            BinaryPrimitives.WriteInt64BigEndian(written.AsSpan(i * sizeof(long)), number ?? long.MinValue);
        }

        return written;
    }

    /// <summary>The tokens, oldest first, and the versions; nulls if there are none.</summary>
    public static (Guid[]? Tokens, long[]? Made) Read(ReadOnlySpan<byte> writes)
    {
        var count = writes.Length / EntryBytes;
        if (count == 0)
        {
            return (null, null);
        }

        var (tokens, made) = (new Guid[count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            var entry = writes[(i * EntryBytes)..];
            tokens[i] = new Guid(entry[..TokenBytes], bigEndian: true);
            made[i] = BinaryPrimitives.ReadInt64BigEndian(entry[TokenBytes..]);
        }

        return (tokens, made);
    }
}
