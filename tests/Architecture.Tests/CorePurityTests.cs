using Sessions.Architecture.Tests.Planted;
using Sessions.Architecture.Tests.Support;
using Sessions.Core;

namespace Sessions.Architecture.Tests;

/// <summary>Rules take values and return values: no task, no clock, no logger, no grain.</summary>
public sealed class CorePurityTests
{
    [Fact]
    public void RulesOfCore_LookedThrough_AreFunctionsFromValuesToValues()
    {
        var types = typeof(SessionRules).Assembly.GetTypes();

        Assert.Contains(typeof(SessionRules), types);
        Assert.Empty(Purity.FindViolations(types.Where(type => type.Namespace?.StartsWith("Sessions.Core", StringComparison.Ordinal) == true)));
    }

    [Theory]
    [InlineData(".ctor takes clock of the type TimeProvider")]
    [InlineData("has the field later of the type Lazy`1")]
    [InlineData("Act returns Task")]
    [InlineData("ActOften returns ValueTask`1[]")]
    [InlineData("Wake takes grains of the type IGrainFactory")]
    [InlineData("Forget is async")]
    [InlineData("Clock returns TimeProvider")]
    public void ViolationPlanted_LookedFor_IsFound(string violation) =>
        Assert.Contains(Purity.FindViolations([typeof(ImpureRules)]), found => found.EndsWith(violation, StringComparison.Ordinal));

    [Fact]
    public void RulesWithoutViolation_LookedThrough_PassTheCheck() => Assert.Empty(Purity.FindViolations([typeof(PureRules)]));
}
