using FsCheck;
using FsCheck.Fluent;
using Sessions.Grains.Hosting;

namespace Sessions.Core.Tests.Admission;

public class FunctionPatternsTests
{
    /// <summary>Few letters and many stars, so that patterns match now and then.</summary>
    private static readonly Gen<string> AnyPattern = Text("ab*", 1, 8);
    private static readonly Gen<string> AnyName = Text("ab", 1, 10);

    [Theory]
    [InlineData("*", "x", true)]
    [InlineData("**", "x", true)]
    [InlineData("math.add", "math.add", true)]
    [InlineData("math.add", "Math.add", false)]
    [InlineData("math.add", "math.added", false)]
    [InlineData("math.*", "math.", true)]
    [InlineData("math.*", "math", false)]
    [InlineData("*.add", "math.add", true)]
    [InlineData("m*.*d", "math.add", true)]
    [InlineData("ab*ba", "aba", false)]
    [InlineData("ab*ba", "abba", true)]
    [InlineData("*ab", "aab", true)]
    [InlineData("a*ab*b", "aabb", true)]
    [InlineData("math.add", "mathxadd", false)]
    public void Pattern_ComparedWithAName_MatchesOrNot(string pattern, string name, bool matches) =>
        Assert.Equal(matches, FunctionPatterns.Match([pattern], name));

    [Fact]
    public void Patterns_ThatAreNone_MatchEveryName()
    {
        Assert.True(FunctionPatterns.Match([], "x"));
        Assert.True(FunctionPatterns.Match(default, "x"));
    }

    [Fact]
    public void AnyPattern_ComparedWithAnyName_MatchesAsByTheDefinition()
    {
        Check(AnyPattern.Zip(AnyName), both => FunctionPatterns.Match([both.Item1], both.Item2) == MatchesByDefinition(both.Item1, both.Item2));

        // Otherwise the property could hold because nothing ever matches.
        var outcomes = AnyPattern.Zip(AnyName).Sample(500).Select(both => MatchesByDefinition(both.Item1, both.Item2)).ToHashSet();
        Assert.Equal(2, outcomes.Count);
    }

    [Fact]
    public void AnotherPattern_BesideOthers_NeverAdmitsLess() =>
        Check(
            Gen.NonEmptyListOf(AnyPattern).Zip(AnyPattern).Zip(AnyName),
            all => !FunctionPatterns.Match([.. all.Item1.Item1], all.Item2)
                || FunctionPatterns.Match([.. all.Item1.Item1.Append(all.Item1.Item2)], all.Item2));

    [Fact]
    public void Pattern_MadeToBeTriedForEver_IsDoneAtOnce()
    {
        // A matcher that goes back tries some 10^35 ways here and never returns.
        var name = new string('a', FunctionName.MaxLength);
        var pattern = string.Concat(Enumerable.Repeat("a*", 63)) + "b";

        for (var i = 0; i < 10_000; i++)
        {
            Assert.False(FunctionPatterns.Match([pattern], name));
        }

        Assert.True(FunctionPatterns.Match([pattern], name[1..] + "b"));
    }

    /// <summary>A star is nothing, or any character and a star again.</summary>
    private static bool MatchesByDefinition(string pattern, string name) => pattern switch
    {
        "" => name.Length == 0,
        ['*', ..] => MatchesByDefinition(pattern[1..], name) || (name.Length > 0 && MatchesByDefinition(pattern, name[1..])),
        _ => name.Length > 0 && name[0] == pattern[0] && MatchesByDefinition(pattern[1..], name[1..]),
    };

    private static Gen<string> Text(string characters, int minLength, int maxLength) =>
        Gen.Choose(minLength, maxLength).SelectMany(length => Gen.ArrayOf(Gen.Elements(characters.ToCharArray()), length))
            .Select(chars => new string(chars));

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        Prop.ForAll(gen.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
