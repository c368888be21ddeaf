using System.Text.RegularExpressions;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Documents;

/// <summary>Follows the relative links of the README, of the other pages at the root, of docs and of the packages' readmes.</summary>
public partial class DocumentLinkTests
{
    [Fact]
    public void RelativeLinks_OfAllPages_LeadToAFileAndAHeading()
    {
        var links = Pages().SelectMany(page => LinksOf(File.ReadAllText(page)).Select(target => (Page: page, Target: target))).ToList();

        Assert.True(links.Count > 10, $"only {links.Count} links were found");
        Assert.Empty(links.Where(link => !Leads(link.Page, link.Target))
            .Select(link => $"{Path.GetRelativePath(Repository.Root, link.Page)}: {link.Target}"));
    }

    [Theory]
    [InlineData("docs/states.md", true)]
    [InlineData("docs/operations.md#logs-worth-an-alarm", true)]
    [InlineData("docs/operations.md#no-such-heading", false)]
    [InlineData("docs/no-such-page.md", false)]
    public void Link_Followed_IsJudgedByItsFileAndItsHeading(string target, bool leads) =>
        Assert.Equal(leads, Leads(Path.Combine(Repository.Root, "README.md"), target));

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Repository.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
        .Concat(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md")));

    private static IEnumerable<string> LinksOf(string text) => Link().Matches(Code().Replace(text, ""))
        .Select(match => match.Groups["target"].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string page, string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return Path.Exists(path) && (parts.Length == 1 || AnchorsOf(File.ReadAllText(path)).Contains(parts[1]));
    }

    // As they are made of headings where the pages are shown: lower case, no punctuation, hyphens for spaces.
    private static IEnumerable<string> AnchorsOf(string text) => Heading().Matches(Code().Replace(text, ""))
        .Select(match => Punctuation().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    // Blocks of code have brackets and '#' of their own.
    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
