namespace Sessions.Core.Tests;

/// <summary>What a well-formed policy is; every fault is named, and all of them at once.</summary>
public class PolicyFormTests
{
    private static readonly SessionNamespace Here = SessionNamespace.Parse("acme/prod");

    private static readonly DataRule Readers = new()
    {
        Name = "readers",
        Effect = RuleEffect.Allow,
        Who = DataSubject.Parse("acme/**"),
        Operations = DataOperations.Read,
        KeyPrefix = "scores/",
    };

    [Fact]
    public void Policy_ThatSaysNothing_IsWellFormed() => Assert.Empty(ConfigurationRules.FindFaults(Here, PolicyDefinition.None));

    [Fact]
    public void Policy_WithAllThatItCanSay_IsWellFormed() => Assert.Empty(ConfigurationRules.FindFaults(Here, new PolicyDefinition
    {
        Description = "For evaluations.",
        Ceiling = new SessionCeiling { MaxDuration = TimeSpan.FromHours(1), Quotas = new SessionQuotas { Concurrent = 3 } },
        MaxLiveSessions = 0,
        Queue = new(10_000, TimeSpan.FromHours(1)),
        DataRules = [Readers, Readers with { Name = "no-drafts", Effect = RuleEffect.Deny, KeyPrefix = "scores/drafts/" }],
        Extends = [SessionNamespace.Parse("acme/baseline")],
    }));

    [Fact]
    public void Policy_WithManyFaults_NamesThemAll() => Assert.Equal(
        ["ceiling.maxDuration", "maxLiveSessions", "dataRules[0].name", "dataRules[0].effect", "dataRules[0].who", "dataRules[0].operations",
            "dataRules[0].keyPrefix", "dataRules[1]", "extends[0]"],
        FaultsOf(new PolicyDefinition
        {
            Ceiling = new SessionCeiling { MaxDuration = TimeSpan.Zero },
            MaxLiveSessions = -1,
            DataRules =
            [
                new DataRule { Effect = (RuleEffect)9, Operations = (DataOperations)8, KeyPrefix = "a\0" },
                null!,
            ],
            Extends = [default],
        }));

    [Fact]
    public void Queue_OutOfBounds_OrWithNothingToWaitFor_IsRefused()
    {
        var few = new AdmissionQueue(1, TimeSpan.FromSeconds(1));
        Assert.Equal(["queue"], FaultsOf(new PolicyDefinition { Queue = few }));
        Assert.Equal(
            ["queue.maximum", "queue.wait"],
            FaultsOf(new PolicyDefinition { MaxLiveSessions = 1, Queue = new(0, TimeSpan.FromMilliseconds(999)) }));
        Assert.Equal(
            ["queue.maximum", "queue.wait"],
            FaultsOf(new PolicyDefinition { MaxLiveSessions = 1, Queue = new(10_001, TimeSpan.FromHours(1) + TimeSpan.FromTicks(1)) }));
    }

    [Theory]
    [InlineData("globex/baseline", "another tenant")]
    [InlineData("acme", "holds here anyway")]
    [InlineData("acme/prod", "holds here anyway")]
    [InlineData("acme/prod/eval", "cycle")]
    public void Policy_ThatExtendsWhatItCannot_SaysWhy(string other, string why)
    {
        var fault = Assert.Single(ConfigurationRules.FindFaults(Here, new PolicyDefinition { Extends = [SessionNamespace.Parse(other)] }));

        Assert.Equal("extends[0]", fault.Field);
        Assert.Contains(why, fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_OfOneName_AreRefused() => Assert.Equal(
        ["dataRules[1].name"],
        FaultsOf(new PolicyDefinition { DataRules = [Readers, Readers with { KeyPrefix = "drafts/" }] }));

    public static TheoryData<string, DataRule> Contradictions => new()
    {
        { "the same", Readers },
        { "everybody", Readers with { Who = DataSubject.Parse("**") } },
        { "all keys", Readers with { KeyPrefix = "" } },
        { "a shorter prefix", Readers with { KeyPrefix = "sc" } },
        { "all operations", Readers with { Operations = DataOperations.All } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Rules_ThatContradict_AreRefused(string how, DataRule wider)
    {
        Assert.NotEmpty(how);

        var fault = Assert.Single(ConfigurationRules.FindFaults(
            Here, new PolicyDefinition { DataRules = [wider with { Name = "nobody", Effect = RuleEffect.Deny }, Readers] }));

        Assert.Equal("dataRules[1]", fault.Field);
        Assert.Contains("'nobody'", fault.Problem, StringComparison.Ordinal);
    }

    public static TheoryData<string, DataRule> Exceptions => new()
    {
        { "some of whom is allowed", Readers with { Who = DataSubject.Parse("acme/prod/**") } },
        { "some of the keys", Readers with { KeyPrefix = "scores/drafts/" } },
        { "other operations", Readers with { Operations = DataOperations.Write } },
        { "for a while", Readers with { Until = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) } },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Rules_ThatMakeAnException_AreMeant(string what, DataRule narrower)
    {
        Assert.NotEmpty(what);
        Assert.Empty(FaultsOf(new PolicyDefinition { DataRules = [narrower with { Name = "not-these", Effect = RuleEffect.Deny }, Readers] }));
    }

    [Fact]
    public void TooMany_OfAnything_IsSaidWithoutLookingAtEach()
    {
        var rules = Enumerable.Range(0, 257).Select(n => Readers with { Name = $"rule-{n}", Effect = RuleEffect.Invalid });
        var namespaces = Enumerable.Range(0, 9).Select(n => SessionNamespace.Parse($"acme/b{n}"));

        Assert.Equal(["dataRules", "extends"], FaultsOf(new PolicyDefinition { DataRules = [.. rules], Extends = [.. namespaces] }));
    }

    private static IEnumerable<string> FaultsOf(PolicyDefinition definition) =>
        ConfigurationRules.FindFaults(Here, definition).Select(fault => fault.Field);
}
