using Sessions.Core.Tests.Admission;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

/// <summary>What a caller states is refused beyond a ceiling; what nobody states is lowered to it.</summary>
public class CeilingTests
{
    private const SessionPermissions Execute = SessionPermissions.ExecuteFunctions;
    private const SessionPermissions Compose = SessionPermissions.ComposeFunctions;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly SessionQuotas Fives = Quotas(5);

    [Fact]
    public void UnstatedValues_BeyondTheNamespacesCeiling_AreLowered()
    {
        var ceiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute, Quotas = Fives };

        var made = ((SessionRecord?)null).After(Given.Create(), Given.Facts() with { NamespaceCeiling = ceiling }).Configuration;

        Assert.Equal(Minute, made.MaxDuration);
        Assert.Equal(Execute, made.Permissions);
        Assert.Equal(Fives, made.Quotas);
    }

    [Fact]
    public void TemplatesValues_BeyondTheNamespacesCeiling_AreLowered()
    {
        var definition = new TemplateDefinition
        {
            Configuration = new SessionConfiguration
            {
                MaxDuration = 2 * Minute,
                Permissions = SessionPermissions.All,
                Quotas = Quotas(7) with { Children = 3 },
            },
        };
        var facts = Given.Facts(template: Given.Template(definition)) with
        {
            NamespaceCeiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute | Compose, Quotas = Fives },
        };

        var made = ((SessionRecord?)null).After(Given.Create(template: true), facts).Configuration;

        Assert.Equal(Minute, made.MaxDuration);
        Assert.Equal(Execute | Compose, made.Permissions);
        Assert.Equal(Fives with { Children = 3 }, made.Quotas);
    }

    [Fact]
    public void StatedValues_BeyondACeiling_AreAllRefused()
    {
        var stated = new SessionOverrides { MaxDuration = Minute + TimeSpan.FromTicks(1), Permissions = Execute | Compose, Quotas = Quotas(6) };
        var ceiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute, Quotas = Fives };
        string[] fields =
        [
            "maxDuration", "permissions", "quotas.executions", "quotas.concurrent", "quotas.perSecond", "quotas.computeTime",
            "quotas.dataBytes", "quotas.children",
        ];

        AssertRefused(stated, Given.Facts() with { NamespaceCeiling = ceiling }, fields);
        AssertRefused(stated, Given.Facts(template: Given.Template(new TemplateDefinition { Ceiling = ceiling })), fields);
    }

    [Fact]
    public void StatedValues_AtTheCeiling_AreAccepted()
    {
        var stated = new SessionOverrides { MaxDuration = Minute, Permissions = Execute, Quotas = Fives };
        var ceiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute, Quotas = Fives };

        Assert.Equal(Fives, ((SessionRecord?)null).After(Given.Create(stated), Given.Facts() with { NamespaceCeiling = ceiling }).Configuration.Quotas);
    }

    [Fact]
    public void NamespaceAndTemplate_WithCeilingsOfTheirOwn_BindTogether()
    {
        var template = Given.Template(new TemplateDefinition
        {
            Ceiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute | SessionPermissions.ReadCrossSession, Quotas = Fives },
        });
        var facts = Given.Facts(template: template) with
        {
            NamespaceCeiling = new SessionCeiling
            {
                MaxDuration = 2 * Minute,
                Permissions = Execute | Compose,
                Quotas = new SessionQuotas { Executions = 2, Children = 9 },
            },
        };

        var made = ((SessionRecord?)null).After(Given.Create(template: true), facts).Configuration;

        Assert.Equal((Minute, Execute), (made.MaxDuration, made.Permissions));
        Assert.Equal(Fives with { Executions = 2 }, made.Quotas);
        AssertRefused(new SessionOverrides { Permissions = Compose }, facts, "permissions");
        AssertRefused(new SessionOverrides { Quotas = new SessionQuotas { Executions = 3 } }, facts, "quotas.executions");
    }

    [Fact]
    public void Intersection_OfAnyTwoCeilings_IsCommutativeAndNoneIsNeutral()
    {
        var a = new SessionCeiling { MaxDuration = Minute, Quotas = new SessionQuotas { Executions = 2, Children = 9 } };
        var b = new SessionCeiling { Permissions = Execute, Quotas = Fives };

        Assert.Equal(a.Intersect(b), b.Intersect(a));
        Assert.Equal(a, a.Intersect(SessionCeiling.None));
        Assert.Equal(a, SessionCeiling.None.Intersect(a));
        Assert.Equal(a, a.Intersect(a));
    }

    [Fact]
    public void Provisioner_ThatTheSiloDoesNotHave_IsRefusedByName()
    {
        var facts = Given.Facts(template: Given.ProvisionedTemplate) with { ProvisionerKnown = false };

        var fault = Assert.Single(SessionRules.Decide(Given.Id, null, Given.Create(template: true), facts).Refusal!.Faults);

        Assert.Equal("template", fault.Field);
        Assert.Contains(Given.ProvisionerName, fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Reservation_CreatedUnderACeilingLoweredMeanwhile_IsRefused()
    {
        var stated = new SessionOverrides { MaxDuration = 2 * Minute, Quotas = new SessionQuotas { Executions = 6 } };
        var reserved = ((SessionRecord?)null).After(Given.Request(stated));
        var lowered = Given.Facts() with { NamespaceCeiling = new SessionCeiling { MaxDuration = Minute, Permissions = Execute, Quotas = Fives } };

        var decision = SessionRules.Decide(Given.Id, reserved, Given.CreateReserved(), lowered);

        Assert.Null(decision.Next);
        Assert.Equal(["maxDuration", "permissions", "quotas.executions"], decision.Refusal!.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public void Reservation_WithOpenQuotas_IsBoundByACeilingSetMeanwhile()
    {
        var reserved = ((SessionRecord?)null).After(Given.Request());

        var created = reserved.After(Given.CreateReserved(), Given.Facts() with { NamespaceCeiling = new SessionCeiling { Quotas = Fives } });

        Assert.Equal(Fives, created.Configuration.Quotas);
    }

    [Fact]
    public void Template_UsedByAName_IsKeptWithItsVersionAndCeiling()
    {
        var ceiling = new SessionCeiling { MaxDuration = 9 * Minute };
        var template = Given.Template(new TemplateDefinition { Ceiling = ceiling, Provisioner = Given.ProvisionerName });

        var record = ((SessionRecord?)null).After(Given.Create(template: true), Given.Facts(template: template));

        Assert.Equal("notebook@3", record.Template.ToString());
        Assert.Equal(ceiling, record.TemplateCeiling);
        Assert.Equal(Given.ProvisionerName, record.Provisioner);
    }

    private static SessionQuotas Quotas(long n) => new()
    {
        Executions = n,
        Concurrent = n,
        PerSecond = n,
        ComputeTime = TimeSpan.FromSeconds(n),
        DataBytes = n,
        Children = n,
    };

    private static void AssertRefused(SessionOverrides overrides, DecisionFacts facts, params string[] fields)
    {
        var decision = SessionRules.Decide(Given.Id, null, Given.Create(overrides, template: facts.Template is not null), facts);

        Assert.Null(decision.Next);
        Assert.Equal(SessionErrorCode.InvalidConfiguration, decision.Refusal!.Code);
        Assert.Equal(fields, decision.Refusal.Faults.Select(fault => fault.Field));
    }
}
