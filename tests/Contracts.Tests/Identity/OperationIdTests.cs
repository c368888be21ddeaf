using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Contracts.Tests.Identity;

public class OperationIdTests
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>All ids but zero: a first digit below 8, for 26 digits hold 130 bits and an id has 128.</summary>
    private static readonly Gen<string> AnyText =
        from first in Gen.Choose(0, 7)
        from rest in Gen.ArrayOf(Gen.Choose(0, 31), 25)
        let text = "o-" + Digits[first] + string.Concat(rest.Select(digit => Digits[digit]))
        where text.AsSpan(2).ContainsAnyExcept('0')
        select text;

    [Fact]
    public void Text_OfAnyId_ReadsBackTheSame() =>
        Check(AnyText, text => OperationId.Parse(text).ToString() == text && OperationId.TryParse(text, out var id) && id == OperationId.Parse(text));

    [Fact]
    public void NewIds_WrittenAndRead_AreTheSame() =>
        Check(Gen.Constant(0), _ => OperationId.New() is var id && OperationId.Parse(id.ToString()) == id && !id.IsDefault);

    [Fact]
    public void Ids_Compared_OrderLikeTheirText() =>
        Check(AnyText.Zip(AnyText), both =>
        {
            var (a, b) = (OperationId.Parse(both.Item1), OperationId.Parse(both.Item2));
            var expected = Math.Sign(string.CompareOrdinal(both.Item1, both.Item2));
            return Math.Sign(a.CompareTo(b)) == expected && (a < b) == (expected < 0) && (a >= b) == (expected >= 0) && (a == b) == (expected == 0);
        });

    [Fact]
    public void Text_ReadCarelessly_MeansTheSame() =>
        Check(AnyText, text =>
        {
            var careless = text.ToUpperInvariant().Replace('0', 'O').Replace('1', 'L');
            return OperationId.Parse(careless) == OperationId.Parse(text)
                && OperationId.Parse(text.Replace('1', 'I').Replace('0', 'o')) == OperationId.Parse(text);
        });

    [Fact]
    public void Text_OfAKnownNumber_IsTheNumberInBase32()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, ((UInt128)1 << 127) + (31 * 32) + 17);
        Span<byte> written = stackalloc byte[16];

        OperationId.Parse("o-400000000000000000000000zh").CopyTo(written);

        Assert.Equal(bytes, written.ToArray());
    }

    public static TheoryData<string?> NotIds =>
    [
        null, "", "o-", "o-0", "o-00000000000000000000000000", "o-8zzzzzzzzzzzzzzzzzzzzzzzzz", "o-zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "o-0000000000000000000000000u", "x-00000000000000000000000001", "o_00000000000000000000000001", "00000000000000000000000001",
        "s-00000000000000000000000001", "o-000000000000000000000000001", "o-0000000000000000000000001", " o-00000000000000000000000001", "o-0000000000000000000000000-",
        "o-00000000000000000000000001\0", "o-0000000000000000000000000\u212A", "\u017F-00000000000000000000000001",
        "o-0000000000000000000000001\u0130", "o-0000000000000000000000000\uFF11",
    ];

    [Theory]
    [MemberData(nameof(NotIds))]
    public void Text_ThatIsNoId_IsRefused(string? text)
    {
        Assert.False(OperationId.TryParse(text, out var id));
        Assert.True(id.IsDefault);
        Assert.Throws<FormatException>(() => OperationId.Parse(text!));
    }

    [Fact]
    public void LargestId_WrittenAndRead_IsTheSame() =>
        Assert.Equal("o-7zzzzzzzzzzzzzzzzzzzzzzzzz", OperationId.Parse("o-7zzzzzzzzzzzzzzzzzzzzzzzzz").ToString());

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
