using System.Collections.Immutable;

namespace Sessions;

/// <summary>Gathers what is wrong with something that was stated.</summary>
internal static class ConfigurationFaults
{
    /// <summary>Adds a fault unless something holds.</summary>
    public static void Require(this ImmutableArray<ConfigurationFault>.Builder faults, bool holds, string field, string problem)
    {
        if (!holds)
        {
            faults.Add(new(field, problem));
        }
    }
}
