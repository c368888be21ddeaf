using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Sessions.Grains.Session;
using Sessions.Storage.Postgres;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Operators go by the numbers of log events: each means one thing, and those of the handbook exist.</summary>
public sealed partial class LogEventTests
{
    private static readonly (int Id, string Name)[] Events =
    [
        .. new[] { typeof(SessionGrain).Assembly, typeof(PostgresSessionStore).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Attribute: method.GetCustomAttribute<LoggerMessageAttribute>(), Name: $"{method.DeclaringType!.Name}.{method.Name}"))
            .Where(log => log.Attribute is not null)
            .Select(log => (log.Attribute!.EventId, log.Name)),
    ];

    [Fact]
    public void Number_OfALogEvent_IsItsOwn()
    {
        Assert.True(Events.Length > 20, $"only {Events.Length} log events were found");
        Assert.Empty(Events.GroupBy(log => log.Id).Where(same => same.Count() > 1).Select(same => string.Join(", ", same)));
    }

    [Fact]
    public void Handbook_NamesOnlyEventsThatThereAre()
    {
        var table = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "operations.md")).Split("## Logs worth an alarm")[1];
        var named = Rows.Matches(table).SelectMany(row => row.Groups[1].Value.Split(", ")).Select(int.Parse).ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(Events.Select(log => log.Id)));
    }

    [GeneratedRegex(@"^\| ([0-9, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Rows { get; }
}
