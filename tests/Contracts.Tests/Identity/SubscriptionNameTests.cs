namespace Sessions.Contracts.Tests.Identity;

public class SubscriptionNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("audit-2")]
    [InlineData("012345678901234567890123456789012345678901234567890123456789012")]
    public void Name_WrittenAndRead_IsTheSame(string text)
    {
        Assert.Equal(text, SubscriptionName.Parse(text).ToString());
        Assert.True(SubscriptionName.TryParse(text, null, out var name) && name.IsValid);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Audit")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("größe")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void Text_ThatIsNoName_IsRefused(string? text)
    {
        Assert.False(SubscriptionName.TryParse(text, null, out var name) || name.IsValid);
        Assert.Throws<FormatException>(() => SubscriptionName.Parse(text!));
    }
}
