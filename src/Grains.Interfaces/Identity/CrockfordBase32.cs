namespace Sessions;

/// <summary>
/// Crockford's base 32 over big-endian bytes: a number, written from its most significant digit, in lower case.
/// Reading is tolerant as the alphabet intends (case is ignored; <c>o</c> reads as 0, <c>i</c> and <c>l</c> as 1).
/// Source: https://www.crockford.com/base32.html.
/// </summary>
internal static class CrockfordBase32
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>The number of digits that <paramref name="byteCount"/> bytes take.</summary>
    public static int LengthOf(int byteCount) => ((byteCount * 8) + 4) / 5;

    /// <summary>Writes <paramref name="bytes"/> into exactly <see cref="LengthOf"/> digits.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> digits)
    {
        // From the least significant end, so that the unused bits are leading zeros and the text sorts like the number.
        var buffer = 0u;
        var bits = 0;
        var next = bytes.Length;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            if (bits < 5 && next > 0)
            {
                buffer |= (uint)bytes[--next] << bits;
                bits += 8;
            }

            digits[i] = Digits[(int)(buffer & 31)];
            buffer >>= 5;
            bits -= 5;
        }
    }

    /// <summary>Reads <paramref name="digits"/>; false for a foreign character, a wrong length or a number too large.</summary>
    public static bool TryDecode(ReadOnlySpan<char> digits, Span<byte> bytes)
    {
        if (digits.Length != LengthOf(bytes.Length))
        {
            return false;
        }

        var buffer = 0u;
        var bits = 0;
        var next = bytes.Length;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            var value = ValueOf(digits[i]);
            if (value < 0)
            {
                return false;
            }

            buffer |= (uint)value << bits;
            bits += 5;
            if (bits >= 8 && next > 0)
            {
                bytes[--next] = (byte)buffer;
                buffer >>= 8;
                bits -= 8;
            }
        }

        return next == 0 && buffer == 0;
    }

    // Not char.ToLowerInvariant, which would read the Kelvin sign as a k.
    private static int ValueOf(char digit) => (char.IsAsciiLetterUpper(digit) ? (char)(digit | 0x20) : digit) switch
    {
        'o' => 0,
        'i' or 'l' => 1,
        var lower => Digits.IndexOf(lower, StringComparison.Ordinal),
    };
}
