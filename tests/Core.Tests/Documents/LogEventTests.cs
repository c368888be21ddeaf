using System.Globalization;
using System.Text.RegularExpressions;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Documents;

/// <summary>Operators go by the numbers of log events: each means one thing, and those of the handbook exist.</summary>
public partial class LogEventTests
{
    // Read from the sources, so that the events of every project count, whatever this one refers to.
    private static readonly (int Id, string Name)[] Events =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Declaration().Matches(File.ReadAllText(file)), (file, log) => (
                int.Parse(log.Groups["id"].Value, CultureInfo.InvariantCulture), $"{Path.GetFileName(file)}: {log.Groups["name"].Value}")),
    ];

    [Fact]
    public void Number_OfALogEvent_IsItsOwn()
    {
        Assert.True(Events.Length > 50, $"only {Events.Length} log events were found");
        Assert.Empty(Events.GroupBy(log => log.Id).Where(same => same.Count() > 1).Select(same => string.Join(", ", same)));
    }

    [Fact]
    public void Handbook_NamesOnlyEventsThatThereAre()
    {
        var table = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md")).Split("## Logs worth an alarm")[1];
        var named = Row().Matches(table).SelectMany(row => row.Groups["ids"].Value.Split(", "))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(Events.Select(log => log.Id)));
    }

    [GeneratedRegex(@"^\| (?<ids>[0-9, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId = )?(?<id>[0-9]+),.*?partial void (?<name>\w+)\(", RegexOptions.Singleline)]
    private static partial Regex Declaration();
}
