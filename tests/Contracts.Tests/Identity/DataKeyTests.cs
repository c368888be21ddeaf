using Sessions.Grains.Hosting;

namespace Sessions.Contracts.Tests.Identity;

public class DataKeyTests
{
    public static TheoryData<string?> NotKeys =>
        [null, "", "a\0b", "line\nbreak", "\u007f", new string('a', 129), new string('ö', 65), string.Concat(Enumerable.Repeat("😀", 33))];

    [Theory]
    [InlineData("a")]
    [InlineData("scores/2026-01-02/größe 😀")]
    [InlineData(" ")]
    [InlineData("../..")]
    public void Text_ThatIsAKey_IsKeptAsItIs(string text) => Assert.Equal(text, DataKey.Parse(text).ToString());

    [Fact]
    public void Key_AtItsLimit_CountsBytesAndNotCharacters()
    {
        Assert.True(DataKey.TryParse(new string('a', 128), null, out _));
        Assert.True(DataKey.TryParse(new string('ö', 64), null, out _));
        Assert.True(DataKey.TryParse(string.Concat(Enumerable.Repeat("😀", 32)), null, out _));
    }

    [Theory]
    [MemberData(nameof(NotKeys))]
    public void Text_ThatIsNoKey_IsRefused(string? text)
    {
        Assert.False(DataKey.TryParse(text, null, out var read));
        Assert.False(read.IsValid);
        Assert.Throws<FormatException>(() => DataKey.Parse(text!));
    }

    // Not among the texts above, because a test's name cannot carry it.
    [Fact]
    public void LoneSurrogate_IsNoKey() => Assert.False(DataKey.TryParse("a\ud800", null, out _));

    [Fact]
    public void Prefix_OfNothing_BeginsEveryKey()
    {
        Assert.Null(DataKey.FindPrefixFault(""));
        Assert.NotNull(DataKey.FindPrefixFault(new string('a', 129)));
        Assert.NotNull(DataKey.FindPrefixFault("a\0"));
    }
}
