using System.Text.RegularExpressions;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Documents;

/// <summary>Reads docs/promises.md: the code and the tests that it cites for each promise exist.</summary>
public partial class PromisesDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "promises.md"));

    [Fact]
    public void CitedFiles_LookedFor_Exist()
    {
        var cited = CitedPath().Matches(Text).Select(match => match.Groups["path"].Value).Distinct().ToList();
        var missing = cited.Where(path => !Path.Exists(Path.Combine(Repository.Root, path))).ToList();

        Assert.NotEmpty(cited);
        Assert.Empty(missing);
    }

    [Fact]
    public void CitedTests_LookedFor_StandInTheFileThatIsCitedBeforeThem()
    {
        var cited = CitedTests(Text).ToList();
        var missing = cited.Where(test => !IsDeclared(test.Name, test.File)).Select(test => $"{test.File}: {test.Name}").ToList();

        Assert.NotEmpty(cited);
        Assert.Empty(missing);
    }

    [Fact]
    public void EveryPromise_Read_CitesCodeAndTests()
    {
        var promises = Promise().Matches(Text).Select(match => match.Groups["name"].Value);
        var sections = Promise().Split(Text).Where((_, index) => index > 0 && index % 2 == 0).ToList();

        Assert.Equal(["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10"], promises);
        Assert.All(sections, section => Assert.Contains(
            CitedPath().Matches(section), match => match.Groups["path"].Value.StartsWith("src/", StringComparison.Ordinal)));
        Assert.All(sections, section => Assert.NotEmpty(CitedTests(section)));
        Assert.All(sections, section => Assert.Contains("**Limits.**", section, StringComparison.Ordinal));
    }

    [Fact]
    public void TestThatDoesNotExist_LookedFor_IsMissed()
    {
        const string here = "tests/Core.Tests/Documents/PromisesDocumentTests.cs";
        var name = string.Join('_', "Nothing", "Looked", "Up");
        var cited = CitedTests($"- `{here}`: `{nameof(CitedFiles_LookedFor_Exist)}`, `{name}`").ToList();

        Assert.Equal([nameof(CitedFiles_LookedFor_Exist), name], cited.Select(test => test.Name));
        Assert.Equal([true, false], cited.Select(test => IsDeclared(test.Name, test.File)));
    }

    // A name without a file before it has an empty file, which declares nothing.
    private static IEnumerable<(string File, string Name)> CitedTests(string text)
    {
        var file = "";
        foreach (Match match in Quoted().Matches(text))
        {
            var quoted = match.Groups["text"].Value;
            if (quoted.StartsWith("tests/", StringComparison.Ordinal))
            {
                file = quoted;
            }
            else if (TestName().IsMatch(quoted))
            {
                yield return (file, quoted);
            }
        }
    }

    private static bool IsDeclared(string name, string file)
    {
        var path = Path.Combine(Repository.Root, file);
        return File.Exists(path) && Regex.IsMatch(File.ReadAllText(path), $@"\b(?:void|Task) {Regex.Escape(name)}\(");
    }

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("`(?<path>(?:src|tests|docs)/[^`\n]+)`")]
    private static partial Regex CitedPath();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+$")]
    private static partial Regex TestName();

    [GeneratedRegex("^## (?<name>P[0-9]+)[. ].*$", RegexOptions.Multiline)]
    private static partial Regex Promise();
}
