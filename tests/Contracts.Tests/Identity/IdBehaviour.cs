using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Contracts.Tests.Identity;

/// <summary>What every id of 128 bits does; one class for each kind says how its members are called.</summary>
public abstract class IdBehaviour<TId>
    where TId : struct, IParsable<TId>, IComparable<TId>
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    private readonly char letter;
    private readonly Gen<string> anyText;

    private protected IdBehaviour(char letter)
    {
        this.letter = letter;

        // All ids but zero: a first digit below 8, for 26 digits hold 130 bits and an id has 128.
        anyText =
            from first in Gen.Choose(0, 7)
            from rest in Gen.ArrayOf(Gen.Choose(0, 31), 25)
            let text = letter + "-" + Digits[first] + string.Concat(rest.Select(digit => Digits[digit]))
            where text.AsSpan(2).ContainsAnyExcept('0')
            select text;
    }

    [Fact]
    public void Text_OfAnyId_ReadsBackTheSame() =>
        Check(anyText, text => Parse(text).ToString() == text && TryParse(text, out var id) && id.Equals(Parse(text)));

    [Fact]
    public void NewIds_WrittenAndRead_AreTheSame() =>
        Check(Gen.Constant(0), _ => New() is var id && Parse(id.ToString()!).Equals(id) && !IsDefault(id));

    [Fact]
    public void Ids_Compared_OrderLikeTheirText() =>
        Check(anyText.Zip(anyText), both =>
        {
            var (a, b) = (Parse(both.Item1), Parse(both.Item2));
            var expected = Math.Sign(string.CompareOrdinal(both.Item1, both.Item2));
            return Math.Sign(a.CompareTo(b)) == expected
                && Compare(a, b) == (expected < 0, expected <= 0, expected == 0, expected >= 0, expected > 0);
        });

    [Fact]
    public void Text_ReadCarelessly_MeansTheSame() =>
        Check(anyText, text =>
        {
            var careless = text.ToUpperInvariant().Replace('0', 'O').Replace('1', 'L');
            var other = letter + text[1..].Replace('1', 'I').Replace('0', 'o');
            return Parse(careless).Equals(Parse(text)) && Parse(other).Equals(Parse(text));
        });

    [Fact]
    public void Text_OfAKnownNumber_IsTheNumberInBase32()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, ((UInt128)1 << 127) + (31 * 32) + 17);

        Assert.Equal(bytes, Bytes(Parse(letter + "-400000000000000000000000zh")));
    }

    [Theory]
    [MemberData(nameof(TextsOfNoId.All), MemberType = typeof(TextsOfNoId))]
    public void Text_ThatIsNoId_IsRefused(string? form)
    {
        var text = form?.Replace('?', letter);

        Assert.False(TryParse(text, out var id));
        Assert.True(IsDefault(id));
        Assert.Throws<FormatException>(() => Parse(text!));
    }

    [Theory]
    [InlineData("c-00000000000000000000000001")]
    [InlineData("o-00000000000000000000000001")]
    [InlineData("s-00000000000000000000000001")]
    public void Text_OfAKind_IsReadAsThatKindAlone(string text) => Assert.Equal(text[0] == letter, TryParse(text, out _));

    [Fact]
    public void LargestId_WrittenAndRead_IsTheSame()
    {
        var text = letter + "-7zzzzzzzzzzzzzzzzzzzzzzzzz";

        Assert.Equal(text, Parse(text).ToString());
    }

    private protected abstract TId New();

    private protected abstract bool TryParse(string? text, out TId id);

    private protected abstract bool IsDefault(TId id);

    private protected abstract byte[] Bytes(TId id);

    /// <summary>What each operator says.</summary>
    private protected abstract (bool Less, bool AtMost, bool Same, bool AtLeast, bool Greater) Compare(TId a, TId b);

    private static TId Parse(string text) => TId.Parse(text, null);

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
