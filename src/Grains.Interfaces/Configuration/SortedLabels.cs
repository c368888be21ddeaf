using System.Collections.Immutable;

namespace Sessions;

/// <summary>Labels in ordinal order, so that equal labels have equal bytes on every machine.</summary>
internal static class SortedLabels
{
    public static readonly ImmutableSortedDictionary<string, string> Empty =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The same labels in ordinal order. Otherwise a client's culture would decide the order, the order the content hash, and
    /// an honest repetition would look like another command.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> Ordered(ImmutableSortedDictionary<string, string>? labels) =>
        labels?.WithComparers(Empty.KeyComparer, Empty.ValueComparer) ?? Empty;
}
