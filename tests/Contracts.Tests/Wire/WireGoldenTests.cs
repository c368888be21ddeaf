using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Sessions.Contracts.Tests.Support;

namespace Sessions.Contracts.Tests.Wire;

/// <summary>The bytes of every type on the wire, pinned: silos of two versions speak to each other during an upgrade.</summary>
public class WireGoldenTests
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    /// <summary>An abstract type has no bytes of its own; its members are in those of its heirs.</summary>
    private static readonly IReadOnlyList<Type> All = [.. WireTypes.In(WireTypes.Contracts).Where(type => !type.IsAbstract)];

    public static TheoryData<Type> Types => new(All);

    [Theory]
    [MemberData(nameof(Types))]
    public void Sample_Written_HasThePinnedBytesAndIsReadBack(Type type)
    {
        var samples = SamplesOf(type).ToList();
        var written = string.Concat(samples.Select(sample => $"{sample.Name} {Hex(sample.Value)}\n"));

        var pinned = Golden.AssertMatches($"wire/{WireTypes.AliasOf(type)}.golden", written);

        var lines = pinned.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(samples.Count, lines.Length);
        foreach (var (line, sample) in lines.Zip(samples))
        {
            var read = Serializer.Deserialize<object>(Convert.FromHexString(line.Split(' ')[1]))!;
            Assert.Equal(type, read.GetType());
            Assert.Equal(Contents.Of(sample.Value), Contents.Of(read));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Sample_OfEveryType_LeavesNothingEmpty(Type type)
    {
        if (!type.IsEnum)
        {
            // A reference to an observer has no bytes outside a cluster; whoever calls a lease back in one proves that it arrives.
            Assert.Empty(Contents.EmptyMembers(Samples.All[type]).Except(["LeaseRequest.Holder"]));
        }
    }

    [Fact]
    public void PinnedFiles_OfTypesThatAreGone_AreStillAccountedFor() =>
        Assert.Equal(
            All.Select(type => WireTypes.AliasOf(type) + ".golden").Order(StringComparer.Ordinal),
            Golden.FilesIn("wire").Order(StringComparer.Ordinal));

    /// <summary>Bytes from before a type got its newest members, and what they say today: that the members were not there.</summary>
    private static readonly (string File, object Value)[] Earlier =
    [
        ("sessions.SetPolicy.1", EarlierSamples.SetPolicy),
        ("sessions.SessionQuery.1", EarlierSamples.Query),
        ("sessions.StartOperation.1", (StartOperation)Samples.All[typeof(StartOperation)] with { Query = EarlierSamples.Query }),
        ("sessions.SessionUsage.1", EarlierSamples.Usage),
        ("sessions.SessionSnapshot.1", EarlierSamples.Snapshot with { Usage = EarlierSamples.Usage }),
        ("sessions.SessionSnapshot.2", EarlierSamples.Snapshot),
        ("sessions.SessionReply.1", (SessionReply)Samples.All[typeof(SessionReply)] with
        {
            Refusal = EarlierSamples.Error,
            Snapshot = EarlierSamples.Snapshot with { Usage = EarlierSamples.Usage },
        }),
        ("sessions.SessionError.1", EarlierSamples.Error),
        ("sessions.SessionError.2", EarlierSamples.ErrorWithNamespace),
        ("sessions.PolicyDefinition.1", EarlierSamples.Policy),
        ("sessions.LeaseRecall.1", EarlierSamples.LeaseRecall),
        ("sessions.LiveLimit.1", EarlierSamples.LiveLimit),
        ("sessions.LiveCount.1", EarlierSamples.LiveCount),
        ("sessions.SessionEvent.1", EarlierSamples.Event with { Usage = EarlierSamples.Usage }),
        ("sessions.SessionEvent.2", EarlierSamples.Event),
        ("sessions.LeaseReport.1", EarlierSamples.Report),
        ("sessions.LeaseRequest.1", (LeaseRequest)Samples.All[typeof(LeaseRequest)] with { Report = EarlierSamples.Report, Demand = Samples.Demand with { Waiting = 0 } }),
        ("sessions.ExecutionSettlement.1", EarlierSamples.Settlement),
        .. EarlierSamples.Commands.Select(command => ($"{WireTypes.AliasOf(command.GetType())}.1", (object)command)),
        ("sessions.EnterQueue.1", EarlierSamples.EnterQueue),
        ("sessions.LeaseTerms.1", EarlierSamples.Terms),
        ("sessions.LeaseReply.1", (LeaseReply)Samples.All[typeof(LeaseReply)] with { Terms = EarlierSamples.Terms, Refusal = EarlierSamples.ErrorWithNamespace, Basis = 0, Epoch = 0 }),
    ];

    [Fact]
    public void EarlierBytes_Read_HaveTheirMembersAndTheDefaultsOfNewOnes()
    {
        Assert.Equal(Earlier.Select(earlier => earlier.File + ".golden").Order(), Golden.FilesIn("earlier/wire").Order());
        foreach (var (file, value) in Earlier)
        {
            var bytes = Golden.ReadEarlier($"wire/{file}.golden").Trim().Split(' ')[1];

            Assert.Equal(Contents.Of(value), Contents.Of(Serializer.Deserialize<object>(Convert.FromHexString(bytes))));
        }
    }

    [Fact]
    public void Contents_OfValuesThatDifferInOneMember_Differ()
    {
        // The comparison above is only as good as this.
        Assert.NotEqual(Contents.Of(Samples.Error), Contents.Of(Samples.Error with { Faults = [] }));
        Assert.NotEqual(Contents.Of(Samples.Id), Contents.Of(SessionId.New()));
        Assert.NotEqual(Contents.Of(Samples.Configuration), Contents.Of(Samples.Configuration with { Labels = Samples.Labels.SetItem("a", "2") }));
        Assert.Equal(["SessionError.Faults"], Contents.EmptyMembers(Samples.Error with { Faults = [] }));
        Assert.Equal(["SessionError.Rule"], Contents.EmptyMembers(Samples.Error with { Rule = null }));
        Assert.Equal(["SessionReply.Replayed"], Contents.EmptyMembers((SessionReply)Samples.All[typeof(SessionReply)] with { Replayed = false }));
    }

    private static IEnumerable<(string Name, object Value)> SamplesOf(Type type) => type.IsEnum
        ? Enum.GetValues(type).Cast<object>().Select(value => (Enum.GetName(type, value)!, value))
        : Samples.All.TryGetValue(type, out var sample)
            ? [("sample", sample)]
            : throw new InvalidOperationException($"{nameof(Samples)} has none of {type.Name}.");

    private static string Hex(object value) => Convert.ToHexStringLower(Serializer.SerializeToArray<object>(value));
}
