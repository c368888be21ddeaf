using System.Globalization;

namespace Sessions.Cli.Parsing;

/// <summary>Quotas as <c>executions=100,concurrent=4,computeTime=1h,dataBytes=10MiB</c>. Names are camelCase or kebab-case.</summary>
internal static class QuotaText
{
    public const string Names = "executions, concurrent, perSecond, computeTime, dataBytes, children";

    /// <summary>Reads one or more lists, which may not name a dimension twice.</summary>
    public static Parsed<SessionQuotas> Parse(IEnumerable<string> lists)
    {
        var quotas = SessionQuotas.Unlimited;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in lists.SelectMany(list => list.Split(',')))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return Parsed<SessionQuotas>.Wrong($"has {Plain.Quote(part)}, which is not name=limit");
            }

            var (name, limit) = (Canonical(part[..equals]), part[(equals + 1)..]);
            if (name is not null && !seen.Add(name))
            {
                return Parsed<SessionQuotas>.Wrong($"states {name} twice");
            }

            var (value, problem) = Set(quotas, name, limit);
            if (problem is not null)
            {
                return Parsed<SessionQuotas>.Wrong(
                    name is null ? $"has {Plain.Quote(part[..equals])}, {problem}" : $"has {name}, which {problem}");
            }

            quotas = value!;
        }

        return quotas;
    }

    /// <summary>The same quotas with one limit set; <paramref name="name"/> in camelCase.</summary>
    public static Parsed<SessionQuotas> Set(SessionQuotas quotas, string? name, string limit) => name switch
    {
        "executions" => With(Count(limit), value => quotas with { Executions = value }),
        "concurrent" => With(Count(limit), value => quotas with { Concurrent = value }),
        "perSecond" => With(Count(limit), value => quotas with { PerSecond = value }),
        "computeTime" => With(DurationText.Parse(limit), value => quotas with { ComputeTime = value }),
        "dataBytes" => With(ByteText.Parse(limit), value => quotas with { DataBytes = value }),
        "children" => With(Count(limit), value => quotas with { Children = value }),
        _ => Parsed<SessionQuotas>.Wrong("which is not a quota; the quotas are " + Names),
    };

    private static Parsed<SessionQuotas> With<T>(Parsed<T> limit, Func<T, SessionQuotas> set) =>
        limit.Problem is { } problem ? Parsed<SessionQuotas>.Wrong(problem) : set(limit.Value!);

    private static Parsed<long> Count(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            ? count
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, which is not a whole number");

    private static string? Canonical(string name) => name switch
    {
        "executions" or "concurrent" or "perSecond" or "computeTime" or "dataBytes" or "children" => name,
        "per-second" => "perSecond",
        "compute-time" => "computeTime",
        "data-bytes" => "dataBytes",
        _ => null,
    };
}
