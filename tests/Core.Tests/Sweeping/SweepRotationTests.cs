using Sessions.Core.Sweeping;
using Xunit;

namespace Sessions.Core.Tests.Sweeping;

public sealed class SweepRotationTests
{
    [Fact]
    public void FewNamespaces_ShareABatch()
    {
        var rotation = new SweepRotation(Names(3));

        var (names, share) = rotation.Next(128);

        Assert.Equal(Names(3), names.AsEnumerable());
        Assert.Equal(42, share);
    }

    [Fact]
    public void ManyNamespaces_EachHasItsTurnWithinOneRound()
    {
        var rotation = new SweepRotation(Names(300));
        var seen = new HashSet<SessionNamespace>();

        for (var batch = 0; batch < 3; batch++)
        {
            var (names, share) = rotation.Next(128);
            Assert.Equal(1, share);
            Assert.Equal(names.Length, names.Distinct().Count());
            seen.UnionWith(names);
        }

        Assert.Equal(300, seen.Count);
    }

    [Fact]
    public void NamespaceWithoutMore_IsLeftOut_AndNobodyElseIsPassedOver()
    {
        var rotation = new SweepRotation(Names(5));
        var all = Names(5);
        Assert.Equal([all[0], all[1]], rotation.Next(2).Namespaces.AsEnumerable());

        rotation.Leave(all[0]);
        rotation.Leave(all[0]);

        Assert.Equal([all[2], all[3]], rotation.Next(2).Namespaces.AsEnumerable());
        Assert.Equal([all[4], all[1]], rotation.Next(2).Namespaces.AsEnumerable());
        foreach (var name in all)
        {
            Assert.False(rotation.IsDone);
            rotation.Leave(name);
        }

        Assert.True(rotation.IsDone);
        Assert.Empty(rotation.Next(2).Namespaces);
    }

    private static SessionNamespace[] Names(int count) => [.. Enumerable.Range(0, count).Select(n => SessionNamespace.Parse($"ns-{n}"))];
}
