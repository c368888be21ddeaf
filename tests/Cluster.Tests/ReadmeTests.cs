using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

// One line, as the README has it.
[RequiresSession] public interface ICounter : IGrainWithStringKey { Task<int> Increment(); }

public sealed class CounterGrain : Grain, ICounter
{
    private int count;

    public Task<int> Increment() => Task.FromResult(++count);
}

/// <summary>The README's programs, run; and a check that they still are the README's.</summary>
[Collection(ClusterGroup.Name)]
public sealed class ReadmeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task ProgramOfTheReadme_Run_EndsClosed()
    {
        var client = cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();

        var session = await client.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme/eval"), Creator = Principal.Parse("alice") });
        await session.ActivateAsync();
        var sum = await session.ExecuteAsync(FunctionName.Parse("math.add"), context => AddAsync(2, 2, context.CancellationToken));
        await session.RenewAsync(TimeSpan.FromMinutes(30));
        await session.CloseAsync(new() { Reason = "done" });

        Assert.Equal((4, 1), (sum, session.LastSeen!.Usage.Succeeded));
        Assert.Equal(SessionStatus.Closed, session.LastSeen!.Status);
    }

    [Fact]
    public async Task GuardOfTheReadme_Called_OnlyExecutionsOfTheSessionComeThrough()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddSessions();
            silo.Services.AddSessionGuards();
        });
        await using var guarded = builder.Build();
        await guarded.DeployAsync();
        var client = guarded.GetSiloServiceProvider().GetRequiredService<SessionsClient>();
        var session = await client.CreateAsync(new() { Namespace = SessionNamespace.Parse("acme/eval"), Creator = Principal.Parse("alice") });
        await session.ActivateAsync();
        var counter = guarded.Client.GetGrain<ICounter>("it");

        var refused = await Assert.ThrowsAnyAsync<SessionException>(() => counter.Increment());
        using (SessionCall.Use(session.Id)) await counter.Increment();
        await session.CloseAsync();

        Assert.Equal(SessionErrorCode.PermissionDenied, refused.Code);
        Assert.Equal((1, 1), (session.LastSeen!.Usage.Executions, session.LastSeen.Usage.Succeeded));
    }

    [Fact]
    public async Task ProgramsOfTheReadme_EveryStatement_StandsInTheTestsAbove()
    {
        var here = await File.ReadAllTextAsync(PathOfThisFile());
        var readme = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "README.md"));
        var blocks = readme.Split("```csharp").Skip(1).Select(block => block.Split("```")[0]).ToArray();
        var statements = blocks.SelectMany(block => block.Split('\n'))
            .Select(line => line.Split("  //")[0].Trim())
            .Where(line => line.Length > 0 && !line.StartsWith("builder.", StringComparison.Ordinal))
            .ToArray();

        Assert.Equal(2, blocks.Length);
        Assert.All(statements, statement => Assert.Contains(statement, here, StringComparison.Ordinal));
    }

    private static ValueTask<int> AddAsync(int a, int b, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(a + b);

    private static string PathOfThisFile([CallerFilePath] string path = "") => path;
}
