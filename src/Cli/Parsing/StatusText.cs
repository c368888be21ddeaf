using System.Collections.Immutable;

namespace Sessions.Cli.Parsing;

/// <summary>States as <c>active,paused</c>, in upper or lower case.</summary>
internal static class StatusText
{
    private static readonly ImmutableArray<SessionStatus> All =
        [.. Enum.GetValues<SessionStatus>().Where(status => status != SessionStatus.Invalid)];

    public static readonly string Names = string.Join(", ", All.Select(Write));

    /// <summary>Reads one or more lists, which may not name a state twice.</summary>
    public static Parsed<ImmutableArray<SessionStatus>?> Parse(IEnumerable<string> lists)
    {
        var stated = ImmutableArray.CreateBuilder<SessionStatus>();
        foreach (var name in lists.SelectMany(list => list.Split(',')))
        {
            var status = All.FirstOrDefault(status => string.Equals(Write(status), name, StringComparison.OrdinalIgnoreCase));
            if (status == SessionStatus.Invalid)
            {
                return Parsed<ImmutableArray<SessionStatus>?>.Wrong($"has {Plain.Quote(name)}, which is not a state; they are {Names}");
            }

            if (stated.Contains(status))
            {
                return Parsed<ImmutableArray<SessionStatus>?>.Wrong($"states {Write(status)} twice");
            }

            stated.Add(status);
        }

        return stated.ToImmutable();
    }

    /// <summary>All states but these.</summary>
    public static ImmutableArray<SessionStatus> AllBut(ImmutableArray<SessionStatus> stated) => [.. All.Except(stated)];

    private static string Write(SessionStatus status) => status.ToString().ToLowerInvariant();
}
