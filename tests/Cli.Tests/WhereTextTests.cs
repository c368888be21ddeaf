using Sessions.Cli.Parsing;

namespace Sessions.Cli.Tests;

public class WhereTextTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_field_Is_read()
    {
        var query = Read(
            "namespace=acme/prod only=true creator=alice status=active,Paused template=notebook@3 label.team=x label.a.b='c=d e' "
            + "text=\"it's here\" since=2h until=2030-05-01T11:30:00+01:00 ends-after=-1h ends-before=10m");

        Assert.Equal(SessionNamespace.Parse("acme/prod"), query.Namespace);
        Assert.False(query.IncludeBelow);
        Assert.Equal(Principal.Parse("alice"), query.Creator);
        Assert.Equal<SessionStatus>([SessionStatus.Active, SessionStatus.Paused], query.Statuses);
        Assert.Equal(TemplateReference.Parse("notebook@3"), query.Template);
        Assert.Equal([new("a.b", "c=d e"), new("team", "x")], query.Labels);
        Assert.Equal("it's here", query.Text);
        Assert.Equal((Now.AddHours(-2), Now.AddMinutes(-90)), (query.RequestedFrom, query.RequestedBefore));
        Assert.Equal((Now.AddHours(-1), Now.AddMinutes(10)), (query.EndsFrom, query.EndsBefore));
    }

    [Theory]
    [InlineData("label.team!=x", LabelOperator.NotIn, "x")]
    [InlineData("label.team in (x)", LabelOperator.In, "x")]
    [InlineData("label.team in(x,'y z' , \"(\")", LabelOperator.In, "x|y z|(")]
    [InlineData("label.team not in (x, y)", LabelOperator.NotIn, "x|y")]
    [InlineData("label.team exists", LabelOperator.Exists, "")]
    [InlineData("label.team not exists", LabelOperator.NotExists, "")]
    public void ConditionOfALabel_Read_IsItsOperatorAndValues(string text, LabelOperator @operator, string values)
    {
        var condition = Assert.Single(Read("creator=alice " + text + " text=ab").LabelConditions);

        Assert.Equal(("team", @operator), (condition.Key, condition.Operator));
        Assert.Equal(values.Split('|', StringSplitOptions.RemoveEmptyEntries), condition.Values);
    }

    [Fact]
    public void Statuses_NotEqualOrInAList_AreThoseThatAreMeant()
    {
        Assert.Equal<SessionStatus>([SessionStatus.Active, SessionStatus.Paused], Read("status in (active, paused)").Statuses);
        Assert.DoesNotContain(SessionStatus.Closed, Read("status!=closed").Statuses);
        Assert.Equal(9, Read("status!=closed").Statuses.Length);
        Assert.Equal(8, Read("status not in (closed, failed)").Statuses.Length);
    }

    [Fact]
    public void Parent_Read_IsTheIdOfASession()
    {
        var id = SessionId.New();
        Assert.Equal(id, Read($"parent={id}").Parent);
    }

    [Fact]
    public void What_is_not_stated_Is_left_open()
    {
        var query = Read("  label.team=x\t");
        Assert.Equal(SessionQuery.All with { Labels = query.Labels }, query);
        Assert.True(query.IncludeBelow);
    }

    [Theory]
    [InlineData("2030-01-31", "2030-01-31T00:00:00Z")]
    [InlineData("2030-01-31T18:00Z", "2030-01-31T18:00:00Z")]
    [InlineData("2030-01-31T18:00:00.25", "2030-01-31T18:00:00.25Z")]
    [InlineData("1d", "2030-04-30T12:00:00Z")]
    [InlineData("0s", "2030-05-01T12:00:00Z")]
    [InlineData("9999999d", "0001-01-01T00:00:00Z")]
    [InlineData("-9999999d", "9999-12-31T23:59:59.9999999Z")]
    public void Time_Is_an_instant_or_a_distance_from_now(string text, string instant) =>
        Assert.Equal(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture), Read($"since={text}").RequestedFrom);

    [Theory]
    [InlineData("", "states nothing; the fields are " + WhereText.Fields)]
    [InlineData("   ", "states nothing; the fields are " + WhereText.Fields)]
    [InlineData("stauts=active", "has 'stauts', which is not a field; they are " + WhereText.Fields)]
    [InlineData("Creator=alice", "has 'Creator', which is not a field; they are " + WhereText.Fields)]
    [InlineData("label=x", "has 'label', which is not a field; they are " + WhereText.Fields)]
    [InlineData("label.=x", "has 'label.', which is not a field; they are " + WhereText.Fields)]
    [InlineData("alice", "has 'alice', which is not field=value")]
    [InlineData("label.k", "has 'label.k', which is not field=value; " + WhereText.Operators)]
    [InlineData("=alice", "has '=alice', which is not field=value")]
    [InlineData("creator=", "has 'creator=' without a value")]
    [InlineData("label.k!=", "has 'label.k!=' without a value")]
    [InlineData("label.k<=v", "has 'label.k<=', and '<=' is not an operator; a condition is field=value, and " + WhereText.Operators)]
    [InlineData("creator!=alice", "has creator !=, but creator takes only =; " + WhereText.Operators)]
    [InlineData("creator in (alice)", "has creator in, but creator takes only =; " + WhereText.Operators)]
    [InlineData("status exists", "has status exists, but only label.KEY takes that")]
    [InlineData("stauts!=active", "has 'stauts', which is not a field; they are " + WhereText.Fields)]
    [InlineData("since>=1h", "has 'since>', which is not a field; they are " + WhereText.Fields)]
    [InlineData("label.k in x", "has 'label.k' in, which is followed by values as (x, y)")]
    [InlineData("label.k in ()", "is 'label.k in ()', with a list that lacks a value")]
    [InlineData("label.k in (x, )", "is 'label.k in (x, )', with a list that lacks a value")]
    [InlineData("label.k in (x", "is 'label.k in (x', where a parenthesis is opened and not closed")]
    [InlineData("(x)", "has '(x)', which is not field=value")]
    [InlineData("status in (active, live)", null)]
    [InlineData("parent=acme", null)]
    [InlineData("creator=alice creator=bob", "states creator twice")]
    [InlineData("label.team=x label.team=y", "states label.team twice")]
    [InlineData("status=active status=paused", "states status twice")]
    [InlineData("only=true", "states only, which needs a namespace")]
    [InlineData("status=active,active", "has status, which states active twice")]
    [InlineData("only=yes", "has only, which is 'yes', neither true nor false")]
    [InlineData("text='two words", "is 'text='two words', where a quote is opened and not closed")]
    [InlineData(
        "status=live",
        "has status, which has 'live', which is not a state; they are requested, creating, created, activating, active, paused, "
        + "closing, closed, cancelled, failed")]
    [InlineData("status=5", null)]
    [InlineData("status=invalid", null)]
    [InlineData("namespace=ACME", null)]
    [InlineData("template=@", null)]
    [InlineData("since=5", null)]
    [InlineData("since=1.5", null)]
    [InlineData("until=01/02/2030", null)]
    [InlineData("ends-before=soon", null)]
    public void What_cannot_be_meant_Is_refused_by_name(string text, string? problem)
    {
        var parsed = WhereText.Parse([text]);
        Assert.NotNull(parsed.Problem);
        Assert.Equal(problem ?? parsed.Problem, parsed.Problem);
    }

    [Fact]
    public void Several_texts_All_apply_and_none_states_what_another_did()
    {
        Assert.Equal(Read("creator=alice text=xy"), WhereText.Parse(["creator=alice", "text=xy"]).Value!.At(Now));
        Assert.Equal("states creator twice", WhereText.Parse(["creator=alice", "creator=alice"]).Problem);
    }

    private static SessionQuery Read(string text)
    {
        var parsed = WhereText.Parse([text]);
        Assert.Null(parsed.Problem);
        return parsed.Value!.At(Now);
    }
}
