using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>Makes the configuration of a session from what was stated, the template, and the ceilings.</summary>
internal static class SessionFactory
{
    /// <summary>All that is wrong with a specification as stated, before any template is looked up.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionSpecification specification)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (specification.Namespace.IsDefault || !SessionNamespace.TryParse(specification.Namespace.ToString(), out _))
        {
            faults.Add(new("namespace", "is missing or not a namespace"));
        }

        if (!specification.Creator.IsValid)
        {
            faults.Add(new("creator", "is missing or not a principal"));
        }

        if (specification.Template is { IsValid: false })
        {
            faults.Add(new("template", "is not a template's name"));
        }

        if (specification.Overrides is null)
        {
            faults.Add(new("overrides", "is missing"));
        }

        return faults.ToImmutable();
    }

    /// <summary>The configuration, and all that is wrong with it; when something is, the configuration is not to be used.</summary>
    public static (SessionConfiguration Configuration, ImmutableArray<ConfigurationFault> Faults) Build(
        SessionOverrides overrides, DecisionFacts facts)
    {
        var template = facts.Template?.Definition;
        var stated = overrides.ApplyTo(template?.Configuration ?? SessionConfiguration.Default);
        var ceiling = facts.NamespaceCeiling.Intersect(template?.Ceiling ?? SessionCeiling.None);
        var configuration = stated with
        {
            Quotas = Bound(stated.Quotas ?? SessionQuotas.Unlimited, ceiling.Quotas),
            Labels = stated.Labels.WithComparers(StringComparer.Ordinal, StringComparer.Ordinal),

            // What nobody asked for is lowered to the ceiling; what somebody did is refused beyond it.
            MaxDuration = overrides.MaxDuration is null ? Lower(stated.MaxDuration, ceiling.MaxDuration) : stated.MaxDuration,
            Permissions = overrides.Permissions is null
                ? stated.Permissions & (ceiling.Permissions ?? SessionPermissions.All)
                : stated.Permissions,
        };

        ImmutableArray<ConfigurationFault> provisioner = facts.ProvisionerKnown
            ? []
            : [new("template", $"names the provisioner '{template?.Provisioner}', which this cluster does not have")];
        return (configuration, [.. ConfigurationRules.FindFaults(configuration), .. Exceeding(configuration, ceiling), .. provisioner]);
    }

    private static IEnumerable<ConfigurationFault> Exceeding(SessionConfiguration configuration, SessionCeiling ceiling)
    {
        if (configuration.MaxDuration > ceiling.MaxDuration)
        {
            yield return new("maxDuration", $"is {configuration.MaxDuration}, beyond the ceiling of {ceiling.MaxDuration}");
        }

        if (ceiling.Permissions is { } mask && (configuration.Permissions & SessionPermissions.All & ~mask) is var beyond and not 0)
        {
            yield return new("permissions", $"include {beyond}, which the ceiling does not");
        }

        var (quotas, bounds) = (configuration.Quotas, ceiling.Quotas);
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

    private static SessionQuotas Bound(SessionQuotas quotas, SessionQuotas bounds) => new()
    {
        Executions = quotas.Executions ?? bounds.Executions,
        Concurrent = quotas.Concurrent ?? bounds.Concurrent,
        PerSecond = quotas.PerSecond ?? bounds.PerSecond,
        ComputeTime = quotas.ComputeTime ?? bounds.ComputeTime,
        DataBytes = quotas.DataBytes ?? bounds.DataBytes,
        Children = quotas.Children ?? bounds.Children,
    };

    private static TimeSpan Lower(TimeSpan a, TimeSpan? b) => b < a ? b.Value : a;
}
