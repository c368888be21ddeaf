using System.Collections.Immutable;
using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;
using Sessions.Grains.Hosting;

namespace Sessions.Core.Tests;

/// <summary>Bad input is refused by name, all of it at once, and leaves nothing.</summary>
public class ValidationTests
{
    private static readonly SessionQuotas None = new();

    /// <summary>What a caller may state wrongly of a configuration: the field that must be named, and the statement.</summary>
    private static readonly (string Field, SessionOverrides Bad)[] BadOverrides =
    [
        ("maxDuration", new() { MaxDuration = TimeSpan.Zero }),
        ("maxDuration", new() { MaxDuration = TimeSpan.FromSeconds(-5) }),
        ("maxDuration", new() { MaxDuration = TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1) }),
        ("maxDuration", new() { MaxDuration = TimeSpan.FromDays(365) + TimeSpan.FromTicks(1) }),
        ("maxDuration", new() { MaxDuration = TimeSpan.MaxValue }),
        ("maxDuration", new() { MaxDuration = TimeSpan.MinValue }),
        ("permissions", new() { Permissions = (SessionPermissions)16 }),
        ("permissions", new() { Permissions = (SessionPermissions)int.MinValue }),
        ("permissions", new() { Permissions = SessionPermissions.All | (SessionPermissions)64 }),
        ("functionPatterns[0]", Patterns("")),
        ("functionPatterns[0]", Patterns([null!])),
        ("functionPatterns[0]", Patterns(new string('a', 129))),
        ("functionPatterns[1]", Patterns("ok", "a b")),
        ("functionPatterns[0]", Patterns("größe")),
        ("functionPatterns[0]", Patterns("a?")),
        ("functionPatterns[0]", Patterns("a\0b")),
        ("functionPatterns[0]", Patterns("a\ud800")),
        ("functionPatterns[0]", Patterns("a\nb")),
        ("functionPatterns", Patterns([.. Enumerable.Repeat("f", 65)])),
        ("quotas.executions", new() { Quotas = None with { Executions = -1 } }),
        ("quotas.executions", new() { Quotas = None with { Executions = 1_000_000_000_001 } }),
        ("quotas.executions", new() { Quotas = None with { Executions = long.MinValue } }),
        ("quotas.concurrent", new() { Quotas = None with { Concurrent = -1 } }),
        ("quotas.concurrent", new() { Quotas = None with { Concurrent = 1_000_001 } }),
        ("quotas.perSecond", new() { Quotas = None with { PerSecond = -1 } }),
        ("quotas.perSecond", new() { Quotas = None with { PerSecond = long.MaxValue } }),
        ("quotas.computeTime", new() { Quotas = None with { ComputeTime = TimeSpan.FromTicks(-1) } }),
        ("quotas.computeTime", new() { Quotas = None with { ComputeTime = TimeSpan.MaxValue } }),
        ("quotas.dataBytes", new() { Quotas = None with { DataBytes = -1 } }),
        ("quotas.dataBytes", new() { Quotas = None with { DataBytes = (1L << 40) + 1 } }),
        ("quotas.children", new() { Quotas = None with { Children = -1 } }),
        ("quotas.children", new() { Quotas = None with { Children = 1_000_001 } }),
        ("settings.pauseClock", new() { PauseClock = PauseClock.Invalid }),
        ("settings.pauseClock", new() { PauseClock = (PauseClock)9 }),
        ("settings.idleTimeout", new() { IdleTimeout = TimeSpan.Zero }),
        ("settings.expiryNotice", new() { ExpiryNotice = TimeSpan.FromTicks(-1) }),
        ("settings.expiryNotice", new() { ExpiryNotice = TimeSpan.FromDays(366) }),
        ("settings.idleTimeout", new() { IdleTimeout = TimeSpan.FromDays(366) }),
        ("labels", Label("", "v")),
        ("labels", Label(new string('k', 64), "v")),
        ("labels", Label("a b", "v")),
        ("labels", Label("a\0", "v")),
        ("labels", Label("a\udc00", "v")),
        ("labels.team", Label("team", "")),
        ("labels.team", Label("team", null!)),
        ("labels.team", Label("team", new string('v', 257))),
        ("labels.team", Label("team", "a\0b")),
        ("labels.team", Label("team", "a\ud83d")),
        ("labels.team", Label("team", "\ude00a")),
        ("labels.team", Label("team", "a\u0085b")),
        ("labels.team", Label("team", "a\tb")),
        ("labels", new() { Labels = SortedLabels.Empty.AddRange(Enumerable.Range(0, 33).Select(i => KeyValuePair.Create($"k{i}", "v"))) }),
    ];

    /// <summary>The edges that are still allowed: a checker that refuses everything would pass the cases above.</summary>
    private static readonly SessionOverrides[] GoodOverrides =
    [
        new() { MaxDuration = TimeSpan.FromSeconds(1) },
        new() { MaxDuration = TimeSpan.FromDays(365), Permissions = SessionPermissions.All },
        new() { Permissions = SessionPermissions.None, FunctionPatterns = ImmutableArray<string>.Empty },
        new() { FunctionPatterns = default(ImmutableArray<string>) },
        Patterns("*", "lib:math.*/v-1_2", new string('a', 128)),
        Patterns([.. Enumerable.Repeat("f", 64)]),
        new() { Quotas = new() { Executions = 0, Concurrent = 0, PerSecond = 0, ComputeTime = TimeSpan.Zero, DataBytes = 0, Children = 0 } },
        new() { Quotas = new() { Executions = 1_000_000_000_000, Concurrent = 1_000_000, DataBytes = 1L << 40, Children = 1_000_000 } },
        new() { PauseClock = PauseClock.Stops, IdleTimeout = TimeSpan.FromSeconds(1) },
        Label(new string('k', 63), new string('v', 256)),
        Label("a.b_c/d-E", "größe 😀"),
        new() { Labels = SortedLabels.Empty.AddRange(Enumerable.Range(0, 32).Select(i => KeyValuePair.Create($"k{i}", "v"))) },
    ];

    public static TheoryData<int> BadCases => new(Enumerable.Range(0, BadOverrides.Length));

    public static TheoryData<int> GoodCases => new(Enumerable.Range(0, GoodOverrides.Length));

    [Theory]
    [MemberData(nameof(BadCases))]
    public void Configuration_WithOneFault_IsRefusedByItsName(int index)
    {
        var (field, bad) = BadOverrides[index];

        AssertFaults(Given.Create(bad), field);
        AssertFaults(Given.Request(bad), field);
    }

    [Theory]
    [MemberData(nameof(BadCases))]
    public void Template_WithOneFaultInItsConfiguration_IsRefusedByItsName(int index)
    {
        var (field, bad) = BadOverrides[index];
        var faults = ConfigurationRules.FindFaults(new TemplateDefinition { Configuration = bad.ApplyTo(SessionConfiguration.Default) });

        Assert.Equal("configuration." + field, Assert.Single(faults).Field);
    }

    [Theory]
    [MemberData(nameof(GoodCases))]
    public void Configuration_AtAnEdge_IsAccepted(int index) => Assert.NotNull(((SessionRecord?)null).After(Given.Create(GoodOverrides[index])));

    [Fact]
    public void Configuration_WithTenFaults_NamesAllTen()
    {
        var bad = new SessionOverrides
        {
            MaxDuration = TimeSpan.Zero,
            Permissions = (SessionPermissions)32,
            FunctionPatterns = ["fine", "a b", ""],
            Quotas = new SessionQuotas { Executions = -1, ComputeTime = TimeSpan.MinValue, Children = long.MaxValue },
            PauseClock = (PauseClock)7,
            IdleTimeout = TimeSpan.FromTicks(1),
            Labels = SortedLabels.Empty.Add("team", "a\0"),
        };

        string[] fields =
        [
            "maxDuration", "permissions", "functionPatterns[1]", "functionPatterns[2]", "quotas.executions", "quotas.children",
            "quotas.computeTime", "settings.pauseClock", "settings.idleTimeout", "labels.team",
        ];
        AssertFaults(Given.Create(bad), fields);
        AssertFaults(Given.Request(bad), fields);
        Assert.All(fields, field => Assert.Contains(field, Decide(Given.Create(bad)).Refusal!.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Command_WrongInEveryPart_NamesAllPartsAtOnce()
    {
        var command = new RequestSession
        {
            CommandId = default,
            Reason = "a\0",
            Deadline = TimeSpan.Zero,
            Specification = new SessionSpecification
            {
                Template = default(TemplateReference),
                Overrides = new SessionOverrides { MaxDuration = TimeSpan.Zero, Permissions = SessionPermissions.WriteCrossSession },
            },
        };
        var facts = Given.Facts() with { NamespaceCeiling = new SessionCeiling { Permissions = SessionPermissions.ExecuteFunctions } };

        AssertFaults(
            default, command, facts,
            "sessionId", "commandId", "actor", "reason", "namespace", "creator", "template", "maxDuration", "permissions", "deadline");
    }

    [Fact]
    public void Command_OfAnyVerbWithADefaultIdentity_IsRefused()
    {
        foreach (var verb in Given.Verbs)
        {
            var command = Given.Command(verb, fromNothing: true, provisioned: false);
            AssertFaults(command with { CommandId = default }, "commandId");
            AssertFaults(command with { Actor = default }, "actor");
            AssertFaults(default, command, Given.Facts(), "sessionId");
        }
    }

    [Fact]
    public void Reason_WithACharacterThatCannotBeKept_IsRefused()
    {
        // Not an InlineData: the compiler writes attributes in UTF-8, in which a lone surrogate is lost.
        foreach (var reason in new[] { "a\0b", "a\ud800b", "\udfff", "a\r\n", "\u007f", "a\u202eb", "\u2066a\u2069" })
        {
            AssertFaults(Given.Create() with { Reason = reason }, "reason");
        }
    }

    [Fact]
    public void Reason_OfTheLongestLength_IsKeptAndOneMoreIsRefused()
    {
        AssertFaults(Given.Create() with { Reason = new string('r', 513) }, "reason");
        Assert.Equal(512, ((SessionRecord?)null).After(Given.Create() with { Reason = new string('r', 512) }).LastChange!.Reason!.Length);
    }

    [Fact]
    public void Specification_WithPartsMissing_NamesThem()
    {
        AssertFaults(Given.Create() with { Specification = new SessionSpecification() }, "namespace", "creator");
        AssertFaults(Given.Create() with { Specification = Given.Specification() with { Overrides = null! } }, "overrides");
        AssertFaults(Given.Create() with { Specification = Given.Specification() with { Template = default(TemplateReference) } }, "template");
        AssertFaults(new RequestSession { Actor = Given.Alice, Specification = null! }, "specification");
    }

    public static TheoryData<TimeSpan> BadDeadlines => new(
        TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.FromMilliseconds(999),
        TimeSpan.FromDays(1) + TimeSpan.FromTicks(1), TimeSpan.MaxValue);

    [Theory]
    [MemberData(nameof(BadDeadlines))]
    public void Deadline_OutOfBounds_IsRefused(TimeSpan deadline) => AssertFaults(Given.Request(deadline: deadline), "deadline");

    [Fact]
    public void Deadline_AtItsBoundsOrUnstated_Holds()
    {
        Assert.Equal(Given.Start + TimeSpan.FromSeconds(1), ((SessionRecord?)null).After(Given.Request(deadline: TimeSpan.FromSeconds(1))).Deadline);
        Assert.Equal(Given.Start + TimeSpan.FromDays(1), ((SessionRecord?)null).After(Given.Request(deadline: TimeSpan.FromDays(1))).Deadline);
        Assert.Equal(Given.Start + TimeSpan.FromMinutes(1), ((SessionRecord?)null).After(Given.Request()).Deadline);
    }

    [Fact]
    public void Template_WrongInEveryPart_NamesAllPartsAtOnce()
    {
        var faults = ConfigurationRules.FindFaults(new TemplateDefinition
        {
            Description = new string('d', 1025),
            Configuration = null!,
            Ceiling = new SessionCeiling
            {
                MaxDuration = TimeSpan.Zero,
                Permissions = (SessionPermissions)16,
                Quotas = new SessionQuotas { Executions = -1, DataBytes = long.MaxValue },
            },
            Provisioner = "",
        });

        Assert.Equal(
            ["configuration", "description", "provisioner", "ceiling.maxDuration", "ceiling.permissions", "ceiling.quotas.executions",
                "ceiling.quotas.dataBytes"],
            faults.Select(fault => fault.Field));
        Assert.Equal("ceiling", Assert.Single(ConfigurationRules.FindFaults(new TemplateDefinition { Ceiling = null! })).Field);
    }

    [Fact]
    public void Failure_InAProvisionersWildestWords_IsCutAndMadeFitToBeStored()
    {
        var creating = Given.SessionIn(SessionStatus.Creating, provisioned: true);

        var failure = creating.AfterProvisioning("a\0b\nc\ud800d😀" + new string('x', 100_000)).Failure!;

        Assert.StartsWith("a\ufffdb\ufffdc\ufffdd😀x", failure, StringComparison.Ordinal);
        Assert.Equal(1024, failure.Length);
        Assert.Equal('\ufffd', creating.AfterProvisioning(new string('x', 1023) + "😀").Failure![^1]);
    }

    private static SessionOverrides Patterns(params string[] patterns) => new() { FunctionPatterns = [.. patterns] };

    private static SessionOverrides Label(string key, string value) => new() { Labels = SortedLabels.Empty.Add(key, value) };

    private static Decision Decide(SessionCommand command) => SessionRules.Decide(Given.Id, null, command, Given.Facts());

    private static void AssertFaults(SessionCommand command, params string[] fields) =>
        AssertFaults(Given.Id, command, Given.Facts(), fields);

    private static void AssertFaults(SessionId id, SessionCommand command, DecisionFacts facts, params string[] fields)
    {
        var decision = SessionRules.Decide(id, null, command, facts);

        Assert.Null(decision.Next);
        Assert.Empty(decision.Events);
        Assert.Null(decision.ReplayOf);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Equal(fields, decision.Refusal.Faults.Select(fault => fault.Field));
    }
}
