using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sessions.Core.Search;

/// <summary>
/// Where to go on, as a text that says nothing to whoever carries it: a place, the hash of the question it belongs to, and a checksum. It
/// guards against mistakes. Whoever makes one up gets no more than the pages that he may ask for anyway.
/// </summary>
internal static class SearchToken
{
    private const byte Form = 1;
    private const byte FormPastEnds = 2;
    // Without what a query of an earlier release could not state: lists go on while nodes of both run.
    private static readonly JsonTypeInfo<SessionQuery> QueryForm = (JsonTypeInfo<SessionQuery>)new JsonSerializerOptions(SearchJson.Default.Options)
    {
        TypeInfoResolver = SearchJson.Default.WithAddedModifier(LeaveOutWhatIsEmpty),
    }.GetTypeInfo(typeof(SessionQuery));

    private const int HashAt = 1;
    private const int TimeAt = 9;
    private const int IdAt = 17;
    private const int ChecksumAt = IdAt + SessionId.ByteCount;
    private const int ByteCount = ChecksumAt + 8;

    /// <param name="place">Where the page before ended.</param>
    /// <param name="query">What was asked.</param>
    /// <param name="order">In which order; <see cref="SessionOrder.Invalid"/> for a count, which has none.</param>
    public static string Write(SearchPosition place, SessionQuery query, SessionOrder order)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        bytes[0] = place.IsPastEnds ? FormPastEnds : Form;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[HashAt..], HashOf(query, order));
        BinaryPrimitives.WriteInt64BigEndian(bytes[TimeAt..], place.At.UtcTicks);
        place.Id.CopyTo(bytes[IdAt..]);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[ChecksumAt..], Hash(bytes[..ChecksumAt]));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The place that a token names, or what is wrong with it as the end of a sentence.</summary>
    public static (SearchPosition? Place, string? Problem) Read(string token, SessionQuery query, SessionOrder order)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (token.Length != Base64Url.GetEncodedLength(ByteCount)
            || !TryDecode(token, bytes)
            || bytes[0] is not (Form or FormPastEnds)
            || BinaryPrimitives.ReadUInt64BigEndian(bytes[ChecksumAt..]) != Hash(bytes[..ChecksumAt]))
        {
            return (null, "is not what a page gave as its next");
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(bytes[HashAt..]) != HashOf(query, order))
        {
            return (null, "belongs to another question; go on with the query and the order that it came from");
        }

        var id = SessionId.Of(bytes[IdAt..ChecksumAt]);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[TimeAt..]);
        var isPastEnds = bytes[0] == FormPastEnds;
        return (id.IsDefault && !isPastEnds) || ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks
            ? (null, "names no place")
            : (new SearchPosition(new DateTimeOffset(ticks, TimeSpan.Zero), id, isPastEnds), null);
    }

    private static bool TryDecode(string token, Span<byte> bytes)
    {
        Span<byte> ascii = stackalloc byte[token.Length];
        return Encoding.ASCII.TryGetBytes(token, ascii, out _)
            && Base64Url.DecodeFromUtf8(ascii, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == ByteCount

            // Otherwise several texts would be one token: decoding overlooks what no byte needs.
            && Base64Url.EncodeToString(bytes) == token;
    }

    private static ulong HashOf(SessionQuery query, SessionOrder order) =>
        Hash([(byte)order, .. JsonSerializer.SerializeToUtf8Bytes(query, QueryForm)]);

    private static void LeaveOutWhatIsEmpty(JsonTypeInfo type)
    {
        foreach (var property in type.Type == typeof(SessionQuery) ? type.Properties : [])
        {
            property.ShouldSerialize = property.Name switch
            {
                nameof(SessionQuery.LabelConditions) => static (_, value) => value is ImmutableArray<LabelCondition> { IsEmpty: false },
                nameof(SessionQuery.Parent) => static (_, value) => value is not null,
                _ => property.ShouldSerialize,
            };
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}

/// <summary>A query's content, to be hashed.</summary>
[JsonSerializable(typeof(SessionQuery))]
internal sealed partial class SearchJson : JsonSerializerContext;
