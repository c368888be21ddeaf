using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>Makes the configuration of a session from what was stated, the template, and the ceilings.</summary>
internal static class SessionFactory
{
    /// <summary>Whether what is stated could be right under some template and some ceiling.</summary>
    public static bool IsWellFormed(SessionOverrides overrides) =>
        ConfigurationRules.FindFaults(overrides.ApplyTo(SessionConfiguration.Default)).IsEmpty;

    /// <summary>The configuration, and all that is wrong with it; when something is, the configuration is not to be used.</summary>
    public static (SessionConfiguration Configuration, ImmutableArray<ConfigurationFault> Faults) Build(
        SessionOverrides overrides, DecisionFacts facts)
    {
        var template = facts.Template?.Definition;
        var stated = overrides.ApplyTo(template?.Configuration ?? SessionConfiguration.Default);
        var ceiling = facts.NamespaceCeiling.Intersect(template?.Ceiling ?? SessionCeiling.None);
        var configuration = stated with
        {
            // What the caller did not ask for is lowered to the ceiling; what the caller did is refused beyond it.
            Quotas = (overrides.Quotas ?? SessionQuotas.Unlimited).Or(stated.Quotas.Lower(ceiling.Quotas)),
            MaxDuration = overrides.MaxDuration ?? SessionCeiling.Lower(stated.MaxDuration, ceiling.MaxDuration)!.Value,
            Permissions = overrides.Permissions is null
                ? stated.Permissions & (ceiling.Permissions ?? SessionPermissions.All)
                : stated.Permissions,
        };

        return (
            configuration,
            [
                .. ConfigurationRules.FindFaults(configuration),
                .. Exceeding(configuration, ceiling),
                .. ProvisionerFaults(template?.Provisioner, facts),
            ]);
    }

    /// <summary>
    /// What becomes of a reservation's configuration when it is created. It may have stood for a day; a ceiling that was lowered
    /// meanwhile holds all the same.
    /// </summary>
    public static (SessionConfiguration Configuration, ImmutableArray<ConfigurationFault> Faults) Keep(
        SessionRecord reservation, DecisionFacts facts)
    {
        var ceiling = CeilingOf(reservation, facts);
        var configuration = reservation.Configuration with { Quotas = reservation.Configuration.Quotas.Or(ceiling.Quotas) };
        return (configuration, [.. Exceeding(configuration, ceiling), .. ProvisionerFaults(reservation.Provisioner, facts)]);
    }

    /// <summary>
    /// The configuration with what <paramref name="adjust"/> states. Only that is held against the ceilings: one that was lowered
    /// since must not be in the way of whoever changes something else, least of all of who narrows.
    /// </summary>
    public static (SessionConfiguration Configuration, ImmutableArray<ConfigurationFault> Faults) Adjust(
        SessionRecord record, AdjustSession adjust, DecisionFacts facts)
    {
        var (present, ceiling) = (record.Configuration, CeilingOf(record, facts));
        var configuration = present with
        {
            Permissions = adjust.Permissions ?? present.Permissions,
            FunctionPatterns = adjust.FunctionPatterns ?? present.FunctionPatterns,
            Quotas = adjust.Quotas?.Or(ceiling.Quotas) ?? present.Quotas,
            DataRules = adjust.DataRules ?? present.DataRules,
        };
        return (
            configuration,
            [
                .. Exceeding(adjust.Permissions ?? SessionPermissions.None, adjust.Quotas ?? SessionQuotas.Unlimited, ceiling),
                .. ExceedingPatterns(adjust.FunctionPatterns, record.Parent?.FunctionPatterns ?? []),
            ]);
    }

    private static ImmutableArray<ConfigurationFault> ProvisionerFaults(string? name, DecisionFacts facts) => facts.ProvisionerKnown
        ? []
        : [new("template", $"names the provisioner '{name}', which this cluster does not have")];

    /// <summary>What renewals may reach; no ceiling permits more than the rules do.</summary>
    public static TimeSpan LongestLife(SessionRecord record, DecisionFacts facts) =>
        SessionCeiling.Lower(ConfigurationRules.MaxDuration, CeilingOf(record, facts).MaxDuration)!.Value;

    private static SessionCeiling CeilingOf(SessionRecord record, DecisionFacts facts) =>
        facts.NamespaceCeiling.Intersect(record.TemplateCeiling ?? SessionCeiling.None).Intersect(record.Parent?.Ceiling ?? SessionCeiling.None);

    /// <summary>The patterns that go beyond the parent's, among those that are stated.</summary>
    public static IEnumerable<ConfigurationFault> ExceedingPatterns(ImmutableArray<string>? stated, ImmutableArray<string> parents)
    {
        if (stated is not { } patterns || parents.IsEmpty)
        {
            yield break;
        }

        if (patterns.IsEmpty)
        {
            yield return new("functionPatterns", "are for all functions, which the parent's are not");
        }

        for (var i = 0; i < patterns.Length; i++)
        {
            if (!FunctionPatterns.Cover(parents, patterns[i]))
            {
                yield return new($"functionPatterns[{i}]", "matches what none of the parent's patterns does");
            }
        }
    }

    private static IEnumerable<ConfigurationFault> Exceeding(SessionConfiguration configuration, SessionCeiling ceiling)
    {
        var terms = Exceeding(configuration.Permissions, configuration.Quotas, ceiling);
        return configuration.MaxDuration > ceiling.MaxDuration
            ? terms.Prepend(new("maxDuration", $"is {configuration.MaxDuration}, beyond the ceiling of {ceiling.MaxDuration}"))
            : terms;
    }

    private static IEnumerable<ConfigurationFault> Exceeding(SessionPermissions permissions, SessionQuotas quotas, SessionCeiling ceiling)
    {
        if (ceiling.Permissions is { } mask && (permissions & SessionPermissions.All & ~mask) is var beyond and not 0)
        {
            yield return new("permissions", $"include {beyond}, which the ceiling does not");
        }

        var bounds = ceiling.Quotas;
        foreach (var (field, value, bound) in new[]
        {
            ("executions", quotas.Executions, bounds.Executions),
            ("concurrent", quotas.Concurrent, bounds.Concurrent),
            ("perSecond", quotas.PerSecond, bounds.PerSecond),
            ("computeTime", quotas.ComputeTime?.Ticks, bounds.ComputeTime?.Ticks),
            ("dataBytes", quotas.DataBytes, bounds.DataBytes),
            ("children", quotas.Children, bounds.Children),
        })
        {
            if (value > bound)
            {
                yield return new($"quotas.{field}", "is beyond the ceiling of " + (field == "computeTime" ? bounds.ComputeTime : bound));
            }
        }
    }
}
