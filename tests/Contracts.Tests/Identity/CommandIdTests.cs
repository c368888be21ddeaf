namespace Sessions.Contracts.Tests.Identity;

public class CommandIdTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void NewId_Read_SaysWhenItWasDrawnToTheMillisecond()
    {
        var id = CommandId.New(At.AddTicks(9_999));

        Assert.Equal(At, id.IssuedAt);
        Assert.Equal(At, CommandId.Parse(id.ToString()).IssuedAt);
        Assert.NotEqual(id, CommandId.New(At));
        Assert.True(CommandId.New().IssuedAt >= At);
    }

    // Of RFC 9562, appendix A.
    [Fact]
    public void IdOfVersion7_FromElsewhere_IsReadAsTheStandardHasIt() => Assert.Equal(
        new DateTimeOffset(2022, 2, 22, 19, 22, 22, TimeSpan.Zero),
        CommandId.Parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").IssuedAt);

    [Theory]
    [InlineData("919108f7-52d1-4320-9bac-f847db4148a8")] // Version 4.
    [InlineData("c232ab00-9414-11ec-b3c8-9f6bdeced846")] // Version 1, whose time is no millisecond.
    [InlineData("017f22e2-79b0-7cc3-18c4-dc0c0c07398f")] // Another variant.
    [InlineData("ffffffff-ffff-7cc3-98c4-dc0c0c07398f")] // Beyond the last year.
    [InlineData("00000000-0000-0000-0000-000000000001")]
    public void OtherId_Read_SaysNoTime(string text) => Assert.Null(CommandId.Parse(text).IssuedAt);
}
