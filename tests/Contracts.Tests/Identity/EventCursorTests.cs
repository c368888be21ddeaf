using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Contracts.Tests.Identity;

public class EventCursorTests
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>All cursors: of 130 bits the first two are zero, and so is the sign of the position.</summary>
    private static readonly Gen<string> AnyText =
        from first in Gen.Choose(0, 7)
        from transaction in Gen.ArrayOf(Gen.Choose(0, 31), 12)
        from middle in Gen.Choose(0, 31)
        from position in Gen.ArrayOf(Gen.Choose(0, 31), 12)
        select "c-" + Digits[first] + Text(transaction) + Digits[middle & ~8] + Text(position);

    [Fact]
    public void Text_OfAnyCursor_ReadsBackTheSame() => Check(AnyText, text =>
        EventCursor.Parse(text).ToString() == text && EventCursor.Parse(text).IsValid
        && EventCursor.TryParse(text.ToUpperInvariant(), out var cursor) && cursor == EventCursor.Parse(text));

    [Fact]
    public void Cursors_Compared_OrderLikeTheirText() => Check(AnyText.Zip(AnyText), both =>
    {
        var (a, b) = (EventCursor.Parse(both.Item1), EventCursor.Parse(both.Item2));
        var expected = Math.Sign(string.CompareOrdinal(both.Item1, both.Item2));
        return Math.Sign(a.CompareTo(b)) == expected && (a < b) == (expected < 0) && (a >= b) == (expected >= 0)
            && (a > b) == (expected > 0) && (a <= b) == (expected <= 0) && (a == b) == (expected == 0);
    });

    [Fact]
    public void Start_IsTheDefault_AndBeforeEveryOther() =>
        Check(AnyText, text => EventCursor.Start <= EventCursor.Parse(text) && EventCursor.Parse(text) <= EventCursor.End && EventCursor.Start == default);

    [Fact]
    public void End_WrittenAndRead_IsTheSame() => Assert.Equal(EventCursor.End, EventCursor.Parse(EventCursor.End.ToString()));

    [Fact]
    public void Cursor_AsJson_IsItsText()
    {
        var cursor = EventCursor.Parse("c-0000000000003g000000000009");

        Assert.Equal("\"c-0000000000003g000000000009\"", JsonSerializer.Serialize(cursor));
        Assert.Equal(cursor, JsonSerializer.Deserialize<EventCursor>("\"c-0000000000003g000000000009\""));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("c-")]
    [InlineData("s-00000000000000000000000001")]
    [InlineData("c-0000000000000000000000001")]
    [InlineData("c-000000000000000000000000001")]
    [InlineData("c-8zzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("c-7zzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("c-0000000000000000000000000u")]
    public void Text_ThatIsNoCursor_IsRefused(string? text)
    {
        Assert.False(EventCursor.TryParse(text, out var cursor));
        Assert.Equal(EventCursor.Start, cursor);
        Assert.Throws<FormatException>(() => EventCursor.Parse(text!));
    }

    private static string Text(int[] digits) => string.Concat(digits.Select(digit => Digits[digit]));

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
