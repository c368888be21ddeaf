using System.Collections.Immutable;

namespace Sessions.Cli.Parsing;

/// <summary>Labels as <c>key=value</c>; the value may have further equals signs.</summary>
internal static class LabelText
{
    public static Parsed<ImmutableSortedDictionary<string, string>> Parse(IEnumerable<string> labels)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var label in labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return Parsed<ImmutableSortedDictionary<string, string>>.Wrong($"has {Plain.Quote(label)}, which is not key=value");
            }

            if (!all.TryAdd(label[..equals], label[(equals + 1)..]))
            {
                return Parsed<ImmutableSortedDictionary<string, string>>.Wrong($"states the key {Plain.Quote(label[..equals])} twice");
            }
        }

        return all.ToImmutable();
    }
}
