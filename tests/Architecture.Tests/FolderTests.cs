using Sessions.Architecture.Tests.Metadata;
using Sessions.Architecture.Tests.Support;

namespace Sessions.Architecture.Tests;

/// <summary>
/// Which folders of a project use which others of it, by what the compiler wrote. A new arrow is a decision: it is written down here.
/// "." is the folder of the project itself.
/// </summary>
public sealed class FolderTests
{
    private static readonly Dictionary<string, string[]> OfCore = new(StringComparer.Ordinal)
    {
        ["."] = ["Children", "Data", "Isolation", "Stored"],
        ["Admission"] = ["."],
        ["Children"] = ["."],
        ["Data"] = ["."],
        ["Events"] = [],
        ["Isolation"] = [".", "Admission", "Events"],
        ["Operations"] = [".", "Search"],
        ["Ownership"] = [],
        ["Search"] = [".", "Stored"],
        ["Stored"] = [".", "Operations", "Search"],
        ["Sweeping"] = [".", "Children", "Data"],
    };

    private static readonly Dictionary<string, string[]> OfGrains = new(StringComparer.Ordinal)
    {
        ["."] = [],
        ["Cluster"] = ["Ownership"],
        ["Data"] = ["Storage"],
        ["Diagnostics"] = ["Hosting", "Storage"],
        ["Events"] = ["Diagnostics", "Hosting", "Storage"],
        ["Hosting"] = [],
        ["Isolation"] = [".", "Diagnostics", "Hosting", "Storage"],
        ["Operations"] = ["Diagnostics", "Hosting", "Session", "Storage"],
        ["Ownership"] = ["Diagnostics", "Hosting", "Storage"],
        ["Provisioning"] = [],
        ["Registration"] =
        [
            "Cluster", "Diagnostics", "Events", "Hosting", "Isolation", "Operations", "Ownership", "Provisioning", "Session", "Storage",
            "Storage/GrainState", "Storage/Memory", "Sweeping",
        ],
        ["Search"] = ["Storage"],
        ["Session"] = ["Data", "Diagnostics", "Events", "Hosting", "Isolation", "Ownership", "Provisioning", "Storage"],
        ["Storage"] = [],
        ["Storage/Copy"] = [],
        ["Storage/GrainState"] = ["Events", "Templates"],
        ["Storage/Memory"] = ["Storage"],
        ["Sweeping"] = ["Diagnostics", "Events", "Hosting", "Session", "Storage"],
        ["Templates"] = ["Hosting", "Storage"],
    };

    /// <summary>The arrows that make cycles. Each has its reason.</summary>
    private static readonly (string From, string To)[] CyclesOfCore =
    [
        // The table of a session's commands decides those about children by ChildRules, which builds on the other commands.
        (".", "Children"),

        // A session's clock knows until when its data is kept, and Refusals has the words for what a write of data answered.
        (".", "Data"),

        // The table of a session's commands lets PolicyRules say what a policy does to the session.
        (".", "Isolation"),

        // Whether a repeated command is the same one is a hash of its stored form, which has the records of sessions in it.
        (".", "Stored"),

        // Lists are in the order of the instants as they are stored; and the stored form of an operation has a place in a list.
        ("Search", "Stored"),
    ];

    private static IReadOnlyDictionary<string, IReadOnlySet<string>> Core { get; } =
        TypeUses.ByFolder(Repository.AssemblyPath("Sessions.Core"), "Sessions.Core");

    // Extensions of a silo live in the namespace of what they extend.
    private static IReadOnlyDictionary<string, IReadOnlySet<string>> Grains { get; } = TypeUses.ByFolder(
        Repository.AssemblyPath("Sessions.Grains"), "Sessions.Grains", new Dictionary<string, string> { ["Orleans.Hosting"] = "Registration" });

    [Fact]
    public void FoldersOfCore_AsTheyWereBuilt_UseWhatIsAllowedAndNothingElse() => Tables.AssertEqual(OfCore, Core, "folders of src/Core");

    [Fact]
    public void FoldersOfGrains_AsTheyWereBuilt_UseWhatIsAllowedAndNothingElse() => Tables.AssertEqual(OfGrains, Grains, "folders of src/Grains");

    [Fact]
    public void FoldersOfCore_WithoutTheListedArrows_HaveNoCycle() => AssertCycles(Core, CyclesOfCore);

    [Fact]
    public void FoldersOfGrains_AsTheyWereBuilt_HaveNoCycle() => AssertCycles(Grains, []);

    [Fact]
    public void ArrowPlanted_LookedFor_IsFoundInItsDirectionOnly()
    {
        var found = TypeUses.ByFolder(typeof(FolderTests).Assembly.Location, "Sessions.Architecture.Tests");

        Assert.Contains("Planted/Lower", found["Planted/Upper"]);
        Assert.DoesNotContain("Planted/Upper", found["Planted/Lower"]);
    }

    [Fact]
    public void CyclePlanted_LookedFor_IsFoundUntilItsArrowIsTakenAway()
    {
        var uses = new Dictionary<string, IReadOnlySet<string>>
        {
            ["a"] = new HashSet<string> { "b" },
            ["b"] = new HashSet<string> { "c" },
            ["c"] = new HashSet<string> { "a" },
            ["d"] = new HashSet<string> { "a" },
        };

        Assert.Equal(["a -> b", "b -> c", "c -> a"], FolderGraph.FindCycles(uses, []));
        Assert.Empty(FolderGraph.FindCycles(uses, [("c", "a")]));
    }

    /// <summary>There is no cycle but through the listed arrows, and each of them is needed.</summary>
    private static void AssertCycles(IReadOnlyDictionary<string, IReadOnlySet<string>> uses, (string From, string To)[] listed)
    {
        Assert.Empty(FolderGraph.FindCycles(uses, listed));
        Assert.All(listed, arrow => Assert.NotEmpty(FolderGraph.FindCycles(uses, listed.Where(other => other != arrow))));
    }
}
