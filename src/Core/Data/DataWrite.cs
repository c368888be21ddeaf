using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Sessions.Core.Data;

/// <summary>One put or delete.</summary>
/// <param name="CommandId">Names it, to be recognised when it is repeated.</param>
/// <param name="Key">Of which value.</param>
/// <param name="Value">What to put; null to delete.</param>
/// <param name="ExpectedVersion">The version that the value must have; 0 if there must be none, null for any.</param>
internal sealed record DataWrite(CommandId CommandId, DataKey Key, ImmutableArray<byte>? Value, long? ExpectedVersion)
{
    /// <summary>How many writes are held in the session's row. Older ones are kept beside it for <see cref="Window"/>.</summary>
    internal const int Remembered = AnswerRules.InRecord;

    private const int HalfBytes = 8;

    /// <summary>The moment of writing, by the session's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>How long a write is recognised when it is repeated, however many there are.</summary>
    public TimeSpan Window { get; init; } = SessionTimings.Default.AnswerWindow;

    /// <summary>Tells a repeated write from any other: 64 bits of SHA-256 over its id, then 64 over all that it says.</summary>
    internal Guid Token()
    {
        Span<byte> token = stackalloc byte[2 * HalfBytes];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(CommandId.ToString()), digest);
        digest[..HalfBytes].CopyTo(token);
        EarlierToken().TryWriteBytes(digest);
        digest[..HalfBytes].CopyTo(token[HalfBytes..]);
        return new Guid(token, bigEndian: true);
    }

    /// <summary>The first and the last token that a write under the same id can have: two of them with different content are a conflict.</summary>
    internal (Guid First, Guid Last) TokensOfId()
    {
        Span<byte> token = stackalloc byte[2 * HalfBytes];
        Token().TryWriteBytes(token, bigEndian: true, out _);
        token[HalfBytes..].Clear();
        var first = new Guid(token, bigEndian: true);
        token[HalfBytes..].Fill(byte.MaxValue);
        return (first, new Guid(token, bigEndian: true));
    }

    /// <summary>What builds before this one remember of a write: 128 bits over its id and all that it says.</summary>
    internal Guid EarlierToken()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(CommandId.ToString()));
        Append(hash, Encoding.UTF8.GetBytes(Key.ToString()));
        Append(hash, BitConverter.GetBytes(ExpectedVersion ?? -1));
        Append(hash, Value is null ? [0] : [1]);
        Append(hash, (Value ?? []).AsSpan());
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return new Guid(digest[..16]);
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
