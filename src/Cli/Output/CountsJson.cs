using System.Text.Json;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Output;

/// <summary>Counts for machines: every state is there, by its name in camelCase.</summary>
internal sealed record CountsJson(SessionNamespace? Namespace, SortedDictionary<string, long> Counts, long Total)
{
    public static CountsJson Of(SessionNamespace? within, IReadOnlyDictionary<SessionStatus, long> counts) => new(
        within,
        new SortedDictionary<string, long>(
            counts.ToDictionary(count => JsonNamingPolicy.CamelCase.ConvertName(count.Key.ToString()), count => count.Value),
            StringComparer.Ordinal),
        counts.Values.Sum());
}
