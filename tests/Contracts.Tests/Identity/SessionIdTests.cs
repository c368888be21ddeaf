using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Contracts.Tests.Identity;

public class SessionIdTests
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>All ids but zero: a first digit below 8, for 26 digits hold 130 bits and an id has 128.</summary>
    private static readonly Gen<string> AnyText =
        from first in Gen.Choose(0, 7)
        from rest in Gen.ArrayOf(Gen.Choose(0, 31), 25)
        let text = "s-" + Digits[first] + string.Concat(rest.Select(digit => Digits[digit]))
        where text.AsSpan(2).ContainsAnyExcept('0')
        select text;

    [Fact]
    public void Text_OfAnyId_ReadsBackTheSame() =>
        Check(AnyText, text => SessionId.Parse(text).ToString() == text && SessionId.TryParse(text, out var id) && id == SessionId.Parse(text));

    [Fact]
    public void NewIds_WrittenAndRead_AreTheSame() =>
        Check(Gen.Constant(0), _ => SessionId.New() is var id && SessionId.Parse(id.ToString()) == id && !id.IsDefault);

    [Fact]
    public void Ids_Compared_OrderLikeTheirText() =>
        Check(AnyText.Zip(AnyText), both =>
        {
            var (a, b) = (SessionId.Parse(both.Item1), SessionId.Parse(both.Item2));
            var expected = Math.Sign(string.CompareOrdinal(both.Item1, both.Item2));
            return Math.Sign(a.CompareTo(b)) == expected && (a < b) == (expected < 0) && (a >= b) == (expected >= 0) && (a == b) == (expected == 0);
        });

    [Fact]
    public void Text_ReadCarelessly_MeansTheSame() =>
        Check(AnyText, text =>
        {
            var careless = text.ToUpperInvariant().Replace('0', 'O').Replace('1', 'L');
            return SessionId.Parse(careless) == SessionId.Parse(text)
                && SessionId.Parse(text.Replace('1', 'I').Replace('0', 'o')) == SessionId.Parse(text);
        });

    [Fact]
    public void Text_OfAKnownNumber_IsTheNumberInBase32()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, ((UInt128)1 << 127) + (31 * 32) + 17);
        Span<byte> written = stackalloc byte[16];

        SessionId.Parse("s-400000000000000000000000zh").CopyTo(written);

        Assert.Equal(bytes, written.ToArray());
    }

    public static TheoryData<string?> NotIds =>
    [
        null, "", "s-", "s-0", "s-00000000000000000000000000", "s-8zzzzzzzzzzzzzzzzzzzzzzzzz", "s-zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "s-0000000000000000000000000u", "x-00000000000000000000000001", "s_00000000000000000000000001", "00000000000000000000000001",
        "s-000000000000000000000000001", "s-0000000000000000000000001", " s-00000000000000000000000001", "s-0000000000000000000000000-",
        "s-00000000000000000000000001\0", "s-0000000000000000000000000\u212A", "\u017F-00000000000000000000000001",
        "s-0000000000000000000000001\u0130", "s-0000000000000000000000000\uFF11",
    ];

    [Theory]
    [MemberData(nameof(NotIds))]
    public void Text_ThatIsNoId_IsRefused(string? text)
    {
        Assert.False(SessionId.TryParse(text, out var id));
        Assert.True(id.IsDefault);
        Assert.Throws<FormatException>(() => SessionId.Parse(text!));
    }

    [Fact]
    public void LargestId_WrittenAndRead_IsTheSame() =>
        Assert.Equal("s-7zzzzzzzzzzzzzzzzzzzzzzzzz", SessionId.Parse("s-7zzzzzzzzzzzzzzzzzzzzzzzzz").ToString());

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
