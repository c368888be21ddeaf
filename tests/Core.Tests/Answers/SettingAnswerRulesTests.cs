using Sessions.Core;
using Xunit;

namespace Sessions.Core.Tests.Answers;

/// <summary>Commands that set a policy or a template, repeated early and late.</summary>
public sealed class SettingAnswerRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    [Fact]
    public void Command_RepeatedWithinTheWindow_HasItsFirstAnswerHoweverManyCame()
    {
        var first = CommandId.New(Start);
        var answers = SettingAnswerRules.Record(SettingAnswers.None, first, 1, 1, Start, Window);
        answers = Add(answers, 100, Start);

        Assert.Equal((SettingCommand.Repeated, 1L), SettingAnswerRules.Judge(answers, first, 1));
        Assert.Equal((SettingCommand.Reused, 1L), SettingAnswerRules.Judge(answers, first, 2));
        Assert.Equal((SettingCommand.New, 0L), SettingAnswerRules.Judge(answers, CommandId.New(Start), 1));
        Assert.Equal((SettingCommand.New, 0L), SettingAnswerRules.Judge(answers, null, 1));
    }

    [Fact]
    public void Command_RepeatedAfterTheWindowAndManyOthers_IsTooOld()
    {
        var first = CommandId.New(Start);
        var answers = SettingAnswerRules.Record(SettingAnswers.None, first, 1, 1, Start, Window);
        answers = Add(answers, 16, Start + Window);

        Assert.Equal((SettingCommand.TooOld, 0L), SettingAnswerRules.Judge(answers, first, 1));
        Assert.Equal(16, answers.Answers.Length);
        Assert.Equal((SettingCommand.New, 0L), SettingAnswerRules.Judge(answers, CommandId.New(Start + Window), 1));
    }

    [Fact]
    public void Answers_OfFewCommands_StayWhateverTheirAge()
    {
        var first = CommandId.New(Start);
        var answers = SettingAnswerRules.Record(SettingAnswers.None, first, 1, 1, Start, Window);

        answers = Add(answers, 15, Start + (100 * Window));

        Assert.Equal(SettingCommand.Repeated, SettingAnswerRules.Judge(answers, first, 1).What);
        Assert.Null(answers.Forgotten);
    }

    [Fact]
    public void MoreThanTheMost_WithinTheWindow_AreForgottenAndNotDoneAgain()
    {
        var first = CommandId.New(Start);
        var answers = SettingAnswerRules.Record(SettingAnswers.None, first, 1, 1, Start, Window);

        answers = Add(answers, SettingAnswerRules.Most, Start.AddSeconds(1));

        Assert.Equal(SettingAnswerRules.Most, answers.Answers.Length);
        Assert.Equal(SettingCommand.TooOld, SettingAnswerRules.Judge(answers, first, 1).What);
    }

    [Fact]
    public void CommandFromAClockThatIsAhead_IsKeptForTheWindowAfterItsInstant()
    {
        var ahead = CommandId.New(Start + TimeSpan.FromHours(1));
        var answers = SettingAnswerRules.Record(SettingAnswers.None, ahead, 1, 1, Start, Window);

        answers = Add(answers, 20, Start + TimeSpan.FromHours(1));

        Assert.Equal(SettingCommand.Repeated, SettingAnswerRules.Judge(answers, ahead, 1).What);
    }

    [Fact]
    public void InstantThatIsNotBelieved_Forgotten_MakesNoNewCommandTooOld()
    {
        var answers = SettingAnswerRules.Record(SettingAnswers.None, CommandId.New(Start.AddDays(3)), 1, 1, Start, Window);

        answers = Add(answers, 20, Start + Window);

        Assert.Equal(SettingCommand.New, SettingAnswerRules.Judge(answers, CommandId.New(Start + Window), 1).What);
    }

    private static SettingAnswers Add(SettingAnswers answers, int count, DateTimeOffset at)
    {
        for (var n = 0; n < count; n++)
        {
            answers = SettingAnswerRules.Record(answers, CommandId.New(at), 9, n + 2, at, Window);
        }

        return answers;
    }
}
