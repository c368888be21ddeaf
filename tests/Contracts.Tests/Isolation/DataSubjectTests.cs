using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Contracts.Tests.Isolation;

public class DataSubjectTests
{
    private const string Session = "s-00000000000000000000000001";

    private static readonly Gen<string> AnyPattern =
        Gen.Elements("a", "b", "*", "**", "a-b").ListOf().Where(segments => segments.Count is > 0 and < 6).Select(segments => string.Join('/', segments));

    private static readonly Gen<string> AnyPath =
        Gen.Elements("a", "b", "a-b").ListOf().Where(segments => segments.Count is > 0 and < 6).Select(segments => string.Join('/', segments));

    [Theory]
    [InlineData("acme")]
    [InlineData("acme/*/eval")]
    [InlineData("acme/**")]
    [InlineData("**")]
    [InlineData("*")]
    [InlineData("a/b/c/d/e/f/g/h/**")]
    [InlineData(Session)]
    public void Subject_ThatIsOne_IsReadAndWrittenAlike(string text)
    {
        Assert.True(DataSubject.TryParse(text, out var subject));
        Assert.Equal((text, true), (subject.ToString(), subject.IsValid));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("acme/")]
    [InlineData("/acme")]
    [InlineData("acme//eval")]
    [InlineData("acme/**/eval")]
    [InlineData("***")]
    [InlineData("acme/e*")]
    [InlineData("Acme")]
    [InlineData("a/b/c/d/e/f/g/h/i/**")]
    [InlineData(null)]
    public void Subject_ThatIsNone_IsRefusedAndMatchesNobody(string? text)
    {
        Assert.False(DataSubject.TryParse(text, out _));
        var odd = DataSubject.Unchecked(text);
        Assert.False(odd.IsValid);
        Assert.False(odd.Matches(SessionId.Parse(Session), SessionNamespace.Parse("acme")));
        Assert.False(odd.Covers(odd));
    }

    [Fact]
    public void AnyPattern_AgainstAnyPath_MatchesAsSegmentBySegment() => Prop.ForAll(
        AnyPattern.Zip(AnyPath).ToArbitrary(),
        both => DataSubject.TryParse(both.Item1, out var subject)
            ? subject.Matches(SessionId.New(), SessionNamespace.Parse(both.Item2)) == Matches(both.Item1.Split('/'), both.Item2.Split('/'))
            : both.Item1.Split('/').SkipLast(1).Contains("**")).QuickCheckThrowOnFailure();

    [Fact]
    public void AnyPattern_ThatCoversAnother_MatchesWhomThatMatches() => Prop.ForAll(
        AnyPattern.Where(text => DataSubject.TryParse(text, out _)).Two().Zip(AnyPath).ToArbitrary(),
        c =>
        {
            var (wide, narrow) = (DataSubject.Parse(c.Item1.Item1), DataSubject.Parse(c.Item1.Item2));
            var (id, path) = (SessionId.New(), SessionNamespace.Parse(c.Item2));
            return !wide.Covers(narrow) || !narrow.Matches(id, path) || wide.Matches(id, path);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Session_Named_IsMeantWhereverItLives()
    {
        var subject = DataSubject.Of(SessionId.Parse(Session));

        Assert.True(subject.Matches(SessionId.Parse(Session), SessionNamespace.Parse("acme")));
        Assert.False(subject.Matches(SessionId.New(), SessionNamespace.Parse("acme")));
        Assert.False(subject.Matches(SessionId.New(), SessionNamespace.Parse(Session)));
        Assert.True(DataSubject.Parse("**").Covers(subject));
        Assert.False(DataSubject.Parse("*").Covers(subject));
    }

    /// <summary>What a pattern means, said in another way.</summary>
    private static bool Matches(string[] pattern, string[] path) => pattern switch
    {
        ["**"] => true,
        [] => path.Length == 0,
        _ => path.Length > 0 && (pattern[0] == "*" || pattern[0] == path[0]) && Matches(pattern[1..], path[1..]),
    };
}
