using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Testing.Tests;

public sealed class ScoringService(ISessionsClient sessions)
{
    public ValueTask<int> ScoreAsync(SessionId id, string answer) =>
        sessions.Get(id).ExecuteAsync(FunctionName.Parse("eval.score"), _ => new ValueTask<int>(answer.Length));
}

public interface IClassifier
{
    string Classify(string text);
}

public sealed class FixedClassifier : IClassifier
{
    public string Classify(string text) => text.Contains("prize", StringComparison.Ordinal) ? "spam" : "ham";
}

[RequiresSession, Alias("sessions.tests.IClassifyingGrain")]
public interface IClassifyingGrain : IGrainWithStringKey
{
    [Alias("Classify")]
    Task<string> Classify(string text);
}

public sealed class ClassifyingGrain(IClassifier classifier) : Grain, IClassifyingGrain
{
    public Task<string> Classify(string text) => Task.FromResult(classifier.Classify(text));
}

/// <summary>The programs of docs/testing.md, run; and a check that they still are the document's.</summary>
public sealed class TestingDocumentTests
{
    [Fact]
    public async Task UnitTestOfTheDocument_Run_Passes()
    {
        await using var sessions = new InMemorySessions();
        var session = await sessions.Client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/eval"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = 1 } },
        });
        await session.ActivateAsync();
        var service = new ScoringService(sessions.Client);

        Assert.Equal(9, await service.ScoreAsync(session.Id, "forty-two"));
        var refused = await Assert.ThrowsAsync<QuotaExceededException>(() => service.ScoreAsync(session.Id, "again").AsTask());
        Assert.Equal("executions", refused.Dimension);
    }

    [Fact]
    public async Task SettingsAndTimeOfTheDocument_Run_SessionEndsByTheTestsClock()
    {
        await using var sessions = new InMemorySessions(options =>
        {
            options.ConfigureSessions = settings => settings.Ceilings["acme/small"] = new() { MaxDuration = TimeSpan.FromHours(2) };
            options.ConfigureSessions += settings => settings.Ceilings["acme"] = new() { Permissions = SessionPermissions.All };
            options.ConfigureClient = client => client.Actor = Principal.Parse("grading");
        });
        var session = await sessions.Client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/eval"),
            Creator = Principal.Parse("alice"),
            Overrides = SessionOverrides.From(SampleConfigurations.Notebook),
        });
        Assert.Equal("grading", session.LastSeen!.LastChange!.Actor.ToString());

        await sessions.AdvanceAsync(TimeSpan.FromHours(8));
        Assert.Equal(SessionStatus.Closed, (await session.GetAsync()).Status);

        var expired = await sessions.WaitForEventAsync(session.Id, SessionEventType.SessionExpired);
        var ended = await sessions.WaitForStatusAsync(session.Id, SessionStatus.Closed, TimeSpan.FromSeconds(5));
        Assert.Equal(sessions.Time.GetUtcNow(), expired.At);
        Assert.Equal(EndReason.Expired, ended.EndReason);
    }

    [Fact]
    public async Task CeilingOfTheDocument_BeyondIt_Refused()
    {
        await using var sessions = new InMemorySessions(options =>
        {
            options.ConfigureSessions = settings => settings.Ceilings["acme"] = new() { MaxDuration = TimeSpan.FromHours(2) };
        });

        await Assert.ThrowsAsync<InvalidConfigurationException>(() => sessions.Client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/eval"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { MaxDuration = TimeSpan.FromHours(3) },
        }));
    }

    [Fact]
    public async Task IntegrationTestOfTheDocument_Run_Passes()
    {
        await using var cluster = await SessionsTestCluster.StartAsync(options =>
        {
            options.Silos = 2;
            options.ConfigureSilo = silo => silo.Services.AddSingleton<IClassifier, FixedClassifier>();
        });
        await SampleTemplates.SetAsync(cluster.Client);
        var session = await cluster.Client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/eval"),
            Creator = Principal.Parse("alice"),
            Template = SampleTemplates.Minimal,
        });
        await session.ActivateAsync();
        var grain = cluster.Grains.GetGrain<IClassifyingGrain>("one");

        using (SessionCall.Use(session.Id)) Assert.Equal("spam", await grain.Classify("win a prize"));
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(10));
        using (SessionCall.Use(session.Id)) await Assert.ThrowsAnyAsync<SessionException>(() => grain.Classify("too late"));
    }

    [Fact]
    public async Task ProgramsOfTheDocument_EveryStatement_StandsInTheTestsAbove()
    {
        var here = await File.ReadAllTextAsync(PathOfThisFile());
        var document = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "testing.md"));
        var blocks = document.Split("```csharp").Skip(1).Select(block => block.Split("```")[0]).ToArray();
        var statements = blocks.SelectMany(block => block.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();

        Assert.Equal(7, blocks.Length);
        Assert.All(statements, statement => Assert.Contains(statement, here, StringComparison.Ordinal));
    }

    private static string PathOfThisFile([CallerFilePath] string path = "") => path;
}
