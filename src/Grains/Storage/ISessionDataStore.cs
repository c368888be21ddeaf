using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Sessions.Storage;

/// <summary>
/// Where the data of sessions lives. Writes of one session come one after the other, whoever writes, and each is judged by the session as
/// it stands in the store: nothing is written beyond its limit, and nothing once it has ended.
/// </summary>
public interface ISessionDataStore
{
    /// <summary>Puts or deletes one value, if the session lets it. Repeated, it answers as it did then and changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not, nobody knows; repeat it to find out.</exception>
    ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken);

    /// <summary>One value, as committed when the question came or later.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken);

    /// <summary>What is there, by the bytes of the keys in UTF-8.</summary>
    /// <param name="space">Whose.</param>
    /// <param name="prefix">How the keys begin; empty for all.</param>
    /// <param name="after">The last key of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes all that a session has which has ended; does nothing while it has not. Safe to repeat.</summary>
    /// <exception cref="StoreUnavailableException">Not all of it is deleted, or nobody knows.</exception>
    ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken);
}

/// <summary>One put or delete.</summary>
/// <param name="CommandId">Names it, to be recognised when it is repeated. The last 16 of a session are.</param>
/// <param name="Key">Of which value.</param>
/// <param name="Value">What to put; null to delete.</param>
/// <param name="ExpectedVersion">The version that the value must have; 0 if there must be none, null for any.</param>
public sealed record DataWrite(CommandId CommandId, DataKey Key, ImmutableArray<byte>? Value, long? ExpectedVersion)
{
    /// <summary>How many writes of a session are recognised when they are repeated.</summary>
    internal const int Remembered = 16;

    /// <summary>
    /// Tells a repeated write from any other: 128 bits of SHA-256 over all that it says. Under an id that was used for something
    /// else it is another write.
    /// </summary>
    internal Guid Token()
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

/// <summary>What became of a write.</summary>
public enum DataOutcome
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>It is written, now or by the same write before.</summary>
    Written = 1,

    /// <summary>There is no such session.</summary>
    NoSession = 2,

    /// <summary>The session's state takes no writes.</summary>
    NotOpen = 3,

    /// <summary>The value has another version than the expected one.</summary>
    Conflict = 4,

    /// <summary>It would go beyond the session's limit.</summary>
    Full = 5,
}

/// <summary>What became of a write, and how the session's data stands.</summary>
/// <param name="Outcome">Whether it is written, or why not.</param>
/// <param name="Version">Written: the version that the write made. Otherwise the version that the value has; 0 if there is none.</param>
/// <param name="DataVersion">The newest version of the session's data.</param>
/// <param name="Bytes">What keys and values take.</param>
/// <param name="Limit">What they may take.</param>
/// <param name="Status">The session's state.</param>
public sealed record DataChange(DataOutcome Outcome, long Version, long DataVersion, long Bytes, long Limit, SessionStatus Status)
{
    internal static readonly DataChange NoSession = new(DataOutcome.NoSession, 0, 0, 0, 0, SessionStatus.Invalid);
}

/// <summary>One value as the store has it.</summary>
/// <param name="DataVersion">The newest version of the session's data at the same moment; 0 if there was none yet.</param>
/// <param name="Value">The value; null if there is none.</param>
public sealed record DataReading(long DataVersion, DataValue? Value);
