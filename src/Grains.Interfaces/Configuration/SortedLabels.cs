using System.Collections.Immutable;

namespace Sessions;

/// <summary>Labels in ordinal order, so that equal labels have equal bytes on every machine.</summary>
internal static class SortedLabels
{
    public static readonly ImmutableSortedDictionary<string, string> Empty =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
