namespace Sessions.Faults;

/// <summary>The checkers, checked: they see what they are there to see.</summary>
public sealed class ExecutionHistoryTests
{
    private static readonly long Second = TimeProvider.System.TimestampFrequency;

    [Fact]
    public void MostAtOnce_OneMoreThanAllowed_IsSeen()
    {
        (bool, long)[] log = [(true, 1), (true, 2), (false, 3), (true, 3), (true, 4), (false, 5), (false, 6), (false, 7)];

        Assert.Equal(3, ExecutionHistory.MostAtOnce(log));
    }

    [Fact]
    public void MostInOneSecond_AcrossTheBorderOfTwoSeconds_IsSeen()
    {
        (bool, long)[] log = [(true, 0), (true, Second * 6 / 10), (true, Second * 9 / 10), (false, Second), (true, Second * 11 / 10), (true, Second * 3)];

        Assert.Equal(3, ExecutionHistory.MostInOneSecond(log));
    }
}
