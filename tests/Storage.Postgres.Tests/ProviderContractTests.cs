using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Orleans.Runtime.MembershipService;
using Orleans.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Compares the keys of our queries with those that the providers look up, optional ones included.</summary>
public sealed class ProviderContractTests(OrleansQueries queries) : IClassFixture<OrleansQueries>
{
    // A column of the table of queries, and a setting.
    private static readonly string[] OtherKeys = ["QueryKey", "SerializerKey"];

    [PostgresFact]
    public void KeysThatTheProvidersLookUp_AreThoseOfTheQueries() => Assert.Equal(
        KeysIn(typeof(AdoNetClusteringTable).Assembly).Concat(KeysIn(typeof(AdoNetGrainStorage).Assembly)).Order(),
        queries.Texts.Keys.Order());

    // No type of a provider lists its optional keys; its string literals do.
    private static HashSet<string> KeysIn(Assembly provider)
    {
        using var file = new PEReader(File.OpenRead(provider.Location));
        var metadata = file.GetMetadataReader();
        var keys = new HashSet<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            var literal = metadata.GetUserString(handle);
            if (!OtherKeys.Contains(literal) && literal.EndsWith("Key", StringComparison.Ordinal) && literal.All(char.IsAsciiLetter))
            {
                keys.Add(literal);
            }
        }

        return keys;
    }
}
