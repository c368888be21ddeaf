using System.Text.RegularExpressions;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

/// <summary>Reads docs/states.md and compares it with the table.</summary>
public partial class StatesDocumentTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "states.md"));

    [Fact]
    public void Diagram_ComparedWithTheTable_HasTheSameMoves()
    {
        var drawn = Edges().Where(edge => edge.Trigger is not null)
            .Select(edge => new Transition(Read(edge.From), Enum.Parse<SessionTrigger>(edge.Trigger!), Read(edge.To)!.Value)).ToList();

        Assert.Empty(Lifecycle.Transitions.Except(drawn));
        Assert.Empty(drawn.Except(Lifecycle.Transitions));
        Assert.Equal(Lifecycle.Transitions.Length, drawn.Count);
    }

    [Fact]
    public void Diagram_EndsOfTheDrawing_AreTheFinalStates()
    {
        var ends = Edges().Where(edge => edge.Trigger is null && edge.To == "[*]").Select(edge => Read(edge.From)!.Value).ToList();

        Assert.Equal(Given.Statuses.Where(Lifecycle.IsFinal), ends.Order());
    }

    [Fact]
    public void VerbTable_ComparedWithTheRules_ListsTheSameVerbs()
    {
        var rows = Lines.Select(line => VerbRow().Match(line)).Where(match => match.Success).ToDictionary(
            match => match.Groups["state"].Value, match => match.Groups["verbs"].Value.Trim());

        Assert.Equal(Given.Statuses.Count + 1, rows.Count);
        foreach (var (state, verbs) in rows)
        {
            var legal = Lifecycle.LegalIn(state == "(none)" ? null : Enum.Parse<SessionStatus>(state));
            Assert.Equal(legal.IsEmpty ? "–" : string.Join(", ", legal), verbs);
        }
    }

    private static IEnumerable<(string From, string To, string? Trigger)> Edges() =>
        from line in Lines
        let match = Edge().Match(line)
        where match.Success
        select (match.Groups["from"].Value, match.Groups["to"].Value,
            match.Groups["trigger"].Success ? match.Groups["trigger"].Value : null);

    private static SessionStatus? Read(string state) => state == "[*]" ? null : Enum.Parse<SessionStatus>(state);

    [GeneratedRegex(@"^\s*(?<from>\w+|\[\*\]) --> (?<to>\w+|\[\*\])(?: : (?<trigger>\w+))?$")]
    private static partial Regex Edge();

    [GeneratedRegex(@"^\| (?<state>\(none\)|[A-Z]\w+) \| (?<verbs>[^|]+) \|$")]
    private static partial Regex VerbRow();
}
