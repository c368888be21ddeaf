using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Data;

namespace Sessions.Core.Tests.Data;

public class DataSpaceTests
{
    // Texts that are each other's beginnings, and full of what could be taken for a separator.
    private static readonly Gen<string> AnyName = Gen.Elements("a", "ab", "a/b", "b", "/", "sess-", "a-b", "acme");
    private static readonly Gen<string> AnyTenant = Gen.Elements("a", "ab", "a-b", "acme", "sess-");

    private static readonly Gen<(string Tenant, string Creator, int Id, string Key)> AnyPlace =
        from tenant in AnyTenant
        from creator in AnyName
        from id in Gen.Choose(1, 3)
        from key in AnyName.Two().Select(both => both.Item1 + both.Item2)
        select (tenant, creator, id, key);

    [Fact]
    public void TwoPlaces_ThatDifferInTenantOrSessionOrKey_AreStoredApart() => Prop.ForAll(
        AnyPlace.Two().ToArbitrary(),
        both => both.Item1 == both.Item2
            ? Stored(both.Item1) == Stored(both.Item2)
            : Stored(both.Item1) != Stored(both.Item2) && Joined(both.Item1) != Joined(both.Item2)).QuickCheckThrowOnFailure();

    [Fact]
    public void Space_OfASession_IsTenantAndAddress()
    {
        var record = new SessionRecord
        {
            Id = SessionId.Parse("s-00000000000000000000000001"),
            Namespace = SessionNamespace.Parse("acme/prod/eval"),
            Creator = Principal.Parse("alice"),
        };

        var space = DataSpaces.Of(record);

        Assert.Equal(record.Id, space.Session);
        Assert.Equal($"acme/{SessionAddress.Derive(record.Creator, record.Id)}", space.Text);
        Assert.True(Encoding.UTF8.GetByteCount(space.Text) < 128);
    }

    private static (string Space, string Key) Stored((string Tenant, string Creator, int Id, string Key) place)
    {
        var record = new SessionRecord
        {
            Id = SessionId.Parse($"s-0000000000000000000000000{place.Id}"),
            Namespace = SessionNamespace.Parse(place.Tenant + "/x"),
            Creator = Principal.Parse(place.Creator),
        };
        return (DataSpaces.Of(record).Text, DataKey.Parse(place.Key).ToString());
    }

    /// <summary>As one text too, should a store ever join the two.</summary>
    private static string Joined((string Tenant, string Creator, int Id, string Key) place) =>
        string.Join('/', Stored(place).Space, Stored(place).Key);
}
