using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Grains.Isolation;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit.Storage;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

/// <summary>What a silo knows of policies, and for how long it may go by that.</summary>
public sealed class PolicyBookTests
{
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");

    private readonly FaultyPolicyStore policies = new(MemoryStorage.Create().Policies);
    private readonly PolicyBook book;
    private long now = 5_000;

    public PolicyBookTests() => book = new PolicyBook(policies, TimeSpan.FromSeconds(3), () => now, NullLogger<PolicyBook>.Instance);

    [Fact]
    public void NothingLookedAtYet_Asked_KnowsNothing()
    {
        Assert.False(book.IsFresh);
        Assert.Null(book.Of(Prod));
    }

    [Fact]
    public async Task Changes_LookedAt_AreKnownWithTheirRevision()
    {
        await SetAsync("acme", new() { Ceiling = new() { Permissions = SessionPermissions.ExecuteFunctions } });
        await book.LookAsync();
        var before = book.Revision;
        Assert.Equal(SessionPermissions.ExecuteFunctions, book.Of(Prod)!.Ceiling.Permissions);

        await SetAsync("acme/prod", new() { MaxLiveSessions = 2 });
        Assert.Empty(book.Of(Prod)!.LiveLimits);
        await book.LookAsync();

        Assert.True(book.Revision > before);
        Assert.Equal(new LiveLimit(Prod, 2), Assert.Single(book.Of(Prod)!.LiveLimits));
        Assert.Equal(SessionPermissions.ExecuteFunctions, book.Of(Prod)!.Ceiling.Permissions);
    }

    [Fact]
    public async Task LookThatFails_LeavesWhatIsKnown_UntilItIsALeaseOld()
    {
        await book.LookAsync();
        policies.FailPolicies();
        now += 2_900;
        await book.LookAsync();
        Assert.NotNull(book.Of(Prod));

        now += 100;

        Assert.Null(book.Of(Prod));
        policies.FailPolicies(false);
        await book.LookAsync();
        Assert.NotNull(book.Of(Prod));
    }

    [Fact]
    public async Task Answer_ThatComesLate_CountsFromWhenItWasAskedFor()
    {
        policies.BeforePolicies = () => now += 2_950;

        await book.LookAsync();

        Assert.True(book.IsFresh);
        now += 50;
        Assert.False(book.IsFresh);
    }

    [Fact]
    public async Task MoreThanAPageOfPolicies_LookedAt_AreAllKnownAtOnce()
    {
        for (var i = 0; i < 1_003; i++)
        {
            await SetAsync($"acme/n{i}", new() { MaxLiveSessions = i });
        }

        var seen = 0;
        policies.BeforePolicies = () => seen += book.Of(SessionNamespace.Parse("acme/n0"))?.LiveLimits.Length ?? 0;
        await book.LookAsync();

        Assert.Equal(0, seen);
        Assert.Equal(1_002, book.Of(SessionNamespace.Parse("acme/n1002/below"))!.LiveLimits.Single().Maximum);
    }

    private async Task SetAsync(string name, PolicyDefinition definition) => Assert.NotNull(await policies.SavePolicyAsync(
        new NamespacePolicy
        {
            Namespace = SessionNamespace.Parse(name),
            Version = 1,
            Definition = definition,
            SetBy = Alice,
        },
        default));
}
