using System.Buffers.Binary;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>The last writes of a session's data, in one blob: for each the 16 bytes of its token and 8 of the version that it made.</summary>
internal static class RememberedWrites
{
    public const int TokenBytes = 16;
    public const int EntryBytes = TokenBytes + sizeof(long);

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
