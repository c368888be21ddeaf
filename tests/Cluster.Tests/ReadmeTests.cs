using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>The README's program, run; and a check that it still is the README's.</summary>
[Collection(ClusterGroup.Name)]
public sealed class ReadmeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task ProgramOfTheReadme_Run_EndsClosed()
    {
        var client = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();

        var session = await client.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme/eval"), Creator = Principal.Parse("alice") });
        await session.ActivateAsync();
        await session.RenewAsync(TimeSpan.FromMinutes(30));
        await session.CloseAsync(new() { Reason = "done" });

        Assert.Equal(SessionStatus.Closed, session.LastSeen!.Status);
    }

    [Fact]
    public async Task ProgramOfTheReadme_EveryStatement_StandsInTheTestAbove()
    {
        var here = await File.ReadAllTextAsync(PathOfThisFile());
        var readme = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "README.md"));
        var block = readme.Split("```csharp")[1].Split("```")[0];
        var statements = block.Split('\n').Select(line => line.Trim()).Where(line => line.Contains("await", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(statements);
        Assert.All(statements, statement => Assert.Contains(statement, here, StringComparison.Ordinal));
    }

    private static string PathOfThisFile([CallerFilePath] string path = "") => path;
}
