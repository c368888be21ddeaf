using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sessions;

/// <summary>
/// The text of 128 bits: a prefix that says what they name, and 26 digits of lower-case Crockford base 32. It orders like the number.
/// </summary>
internal static class PrefixedBase32
{
    /// <summary>The bytes of the number.</summary>
    public const int ByteCount = 16;

    /// <summary>The characters of the text; a prefix has two.</summary>
    public const int TextLength = 28;

    /// <summary>Draws a number from the operating system's generator.</summary>
    public static UInt128 Draw()
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryRead([NotNullWhen(true)] string? text, string prefix, out UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        if (text is not { Length: TextLength }
            || !text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            || !CrockfordBase32.TryDecode(text.AsSpan(prefix.Length), bytes))
        {
            number = default;
            return false;
        }

        number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return true;
    }

    public static string Write(string prefix, UInt128 number) => string.Create(TextLength, (prefix, number), static (text, source) =>
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, source.number);
        source.prefix.CopyTo(text);
        CrockfordBase32.Encode(bytes, text[source.prefix.Length..]);
    });
}
