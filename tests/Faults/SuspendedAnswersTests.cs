using System.Globalization;
using Sessions.TestKit;
using Xunit.Abstractions;

namespace Sessions.Faults;

/// <summary>P2 against a node that is suspended while it holds sessions, declared dead, and goes on.</summary>
public sealed class SuspendedAnswersTests(ITestOutputHelper output)
{
    // As by default: the suspended node is dead soon, and does not know it.
    private const string Detection = "Silo:MissedProbes=3";

    // Longer than a node tolerates between two beats.
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(4);

    /// <summary>How often a node is suspended: SESSIONS_SUSPENSIONS, or once.</summary>
    private static readonly int Suspensions =
        int.Parse(Environment.GetEnvironmentVariable("SESSIONS_SUSPENSIONS") ?? "1", CultureInfo.InvariantCulture);

    [PostgresFact]
    public async Task NodeSuspended_SessionsChangedElsewhere_NodeGoesOn_AnswersNothingFromWhatItHeld()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        var stale = SiloProcess.Launch(database, Detection);
        await using var other = SiloProcess.Launch(database, Detection);
        try
        {
            await Task.WhenAll(stale.WaitUntilReadyAsync(), other.WaitUntilReadyAsync());
            for (var n = 1; n <= Suspensions; n++)
            {
                var answers = await SuspendedAnswers.AskAsync(stale, other);

                output.WriteLine($"{n}: {answers.Right} right, {answers.Wrong.Count} wrong, {answers.Unanswered} unanswered in {answers.Lasted.TotalSeconds:0.0} s");
                Assert.Empty(answers.Wrong);
                Assert.NotEqual(0, answers.Right + answers.Unanswered);
                if (n < Suspensions)
                {
                    var gone = stale;
                    stale = await gone.RestartAsync();
                    await gone.DisposeAsync();
                }
            }
        }
        finally
        {
            await stale.DisposeAsync();
        }
    }

    /// <summary>One by itself, which has nobody to declare it dead; its membership table is in its own memory.</summary>
    [Fact]
    public async Task NodeByItself_Suspended_GoesOnAndServesWhatItHeld()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.Sessions.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/faults"),
            Creator = Principal.Parse("alice"),
        });
        await session.ActivateAsync();

        node.Suspend();
        var asked = session.GetAsync();
        await Task.Delay(Standstill, TimeProvider.System);
        node.Continue();

        Assert.Equal(SessionStatus.Active, (await asked).Status);
        Assert.Equal(SessionStatus.Paused, (await session.PauseAsync()).Status);
        await Eventually.Holds(() => node.Output.Contains("stood still", StringComparison.Ordinal), "the node has noticed");
        Assert.DoesNotContain("declared this node dead", node.Output, StringComparison.Ordinal);
    }
}
