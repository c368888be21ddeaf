using System.Text.RegularExpressions;

namespace Sessions.Architecture.Tests.Support;

/// <summary>What the build's analyzers do not report of a source file, and <c>dotnet format style</c> would need a minute and a half for.</summary>
internal static partial class SourceStyle
{
    /// <summary>What is wrong with a file, by line.</summary>
    public static IEnumerable<string> Faults(string source) => FaultsOfUsings(source).Concat(FaultsOfThis(source));

    /// <summary>Usings stand in the order of <c>dotnet_sort_system_directives_first</c>: namespaces, then static ones, then aliases.</summary>
    private static IEnumerable<string> FaultsOfUsings(string source)
    {
        var usings = Usings().Matches(source).Select(match => match.Groups["what"].Value).ToList();
        return usings.Zip(usings.Skip(1))
            .Where(pair => OrderOf(pair.First).CompareTo(OrderOf(pair.Second)) > 0)
            .Select(pair => $"'using {pair.Second};' stands behind 'using {pair.First};'.");
    }

    private static (int Kind, bool IsNotSystem, string Name) OrderOf(string what)
    {
        var kind = what.Contains('=', StringComparison.Ordinal) ? 2 : what.StartsWith("static ", StringComparison.Ordinal) ? 1 : 0;
        var name = kind == 1 ? what["static ".Length..] : what;
        return (kind, name != "System" && !name.StartsWith("System.", StringComparison.Ordinal), name.ToUpperInvariant());
    }

    /// <summary>A member is named with "this." where a parameter or a local of the file has the same name, and nowhere else.</summary>
    private static IEnumerable<string> FaultsOfThis(string source) => This().Matches(source)
        .Select(match => match.Groups["name"].Value)
        .Distinct()
        .Where(name => !Regex.IsMatch(source, $@"[\w\]>?)]\s+{name}\s*[,)=]|\bvar {name}\b|\}} {name}\b"))
        .Select(name => $"'this.{name}' needs no 'this'.");

    [GeneratedRegex(@"^(global )?using (?<what>[^(;]+);\r?$", RegexOptions.Multiline)]
    private static partial Regex Usings();

    // In lower case: extension methods need it.
    [GeneratedRegex(@"(?<![\w""])this\.(?<name>[a-z]\w*)")]
    private static partial Regex This();
}
