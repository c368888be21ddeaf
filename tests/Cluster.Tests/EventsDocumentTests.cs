using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.TestKit;
using static Sessions.Cluster.Tests.Commands;

namespace Sessions.Cluster.Tests;

[Alias("sessions.tests.ITallyGrain")]
public interface ITallyGrain : IGrainWithStringKey
{
    [Alias("CountClosed")]
    Task<int> CountClosed();
}

[ImplicitStreamSubscription(SessionsDefaults.LifecycleStreamNamespace)]
public sealed class TallyGrain : Grain, ITallyGrain, IStreamSubscriptionObserver, IAsyncObserver<SessionEvent>
{
    private int closed;

    public Task<int> CountClosed() => Task.FromResult(closed);

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<SessionEvent>().ResumeAsync(this);

    public Task OnNextAsync(SessionEvent item, StreamSequenceToken? token = null)
    {
        closed += item.Type == SessionEventType.SessionClosed ? 1 : 0;
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

/// <summary>The programs of docs/events.md, run; and a check that they still are the document's.</summary>
[Collection(ClusterGroup.Name)]
public sealed class EventsDocumentTests(ClusterFixture cluster)
{
    private readonly ConcurrentQueue<SessionEvent> stored = new();

    private SessionsClient Client => cluster.Cluster.GetSiloServiceProvider().GetRequiredService<SessionsClient>();

    [Fact]
    public async Task WatchOfTheDocument_Run_ShowsTheEvents()
    {
        var client = Client;
        var session = await LiveAsync("acme/eval");
        using var stopping = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var stop = stopping.Token;
        var shown = new ConcurrentQueue<string>();
        var watching = Task.Run(async () =>
        {
            var Console = new Screen(shown);
            await foreach (var (cursor, e) in client.WatchAsync(SessionNamespace.Parse("acme/eval"), new() { After = EventCursor.Start }, stop))
                Console.WriteLine($"{cursor} {e.SessionId} {e.Sequence} {e.Type} by {e.Cause.Actor}");
        });

        await Eventually.Holds(() => shown.Any(line => line.EndsWith($"{session.Id} 3 SessionClosed by alice", StringComparison.Ordinal)), "the end is shown");
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task WatchOfASessionOfTheDocument_Run_EndsWithIt()
    {
        var session = await LiveAsync("acme/eval");
        var (stop, shown) = (CancellationToken.None, new ConcurrentQueue<string>());
        var Console = new Screen(shown);

        await foreach (var e in session.WatchAsync(afterSequence: 0, cancellationToken: stop)) Console.WriteLine($"{e.Sequence} {e.Type}");

        Assert.Equal(["1 SessionCreated", "2 SessionClosing", "3 SessionClosed"], shown);
    }

    [Fact]
    public async Task SubscriptionOfTheDocument_Run_StoresTheEvents()
    {
        var client = Client;
        var session = await LiveAsync("acme");
        using var stopping = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var stop = stopping.Token;
        var reading = Task.Run(async () =>
        {
            var audit = await client.SubscribeAsync(SubscriptionName.Parse("audit"), SessionNamespace.Parse("acme"));
            await foreach (var (cursor, e) in audit.ReadAsync(stop))
            {
                await StoreAsync(e);
                await audit.CheckpointAsync(cursor);
            }
        });

        await Eventually.Holds(() => stored.Count(e => e.SessionId == session.Id) == 3, "all three are stored");
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task GrainOfTheDocument_SessionsClose_CountsThem()
    {
        var grains = cluster.Grains;
        var tally = $"tally-{Guid.NewGuid():n}";
        await LiveAsync(tally);
        await LiveAsync(tally);

        await Eventually.TrueAsync(async () => await grains.GetGrain<ITallyGrain>(tally).CountClosed() == 2, "both are counted");
    }

    [Fact]
    public async Task StreamSubscriberOfTheDocument_Subscribed_GetsTheEvents()
    {
        var provider = cluster.Cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>(SessionsDefaults.NotifyStreamProvider);

        var stream = provider.GetStream<SessionEvent>(StreamId.Create(SessionsDefaults.LifecycleStreamNamespace, "acme/eval"));
        var subscription = await stream.SubscribeAsync((e, _) => HandleAsync(e));
        var session = await LiveAsync("acme/eval");

        await Eventually.Holds(() => stored.Count(e => e.SessionId == session.Id) == 3, "all three are handled");
        await subscription.UnsubscribeAsync();
    }

    [Fact]
    public async Task ProgramsOfTheDocument_EveryStatement_StandsInTheTestsAbove()
    {
        var here = await File.ReadAllTextAsync(PathOfThisFile());
        var document = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "events.md"));
        var blocks = document.Split("```csharp").Skip(1).Select(block => block.Split("```")[0]).ToArray();
        var statements = blocks.SelectMany(block => block.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();

        Assert.Equal(5, blocks.Length);
        Assert.All(statements, statement => Assert.Contains(statement, here, StringComparison.Ordinal));
    }

    private async Task<SessionHandle> LiveAsync(string @namespace)
    {
        var session = await Client.CreateAsync(new() { Namespace = SessionNamespace.Parse(@namespace), Creator = Alice, Actor = Alice });
        await session.CloseAsync(new() { Actor = Alice });
        return session;
    }

    private Task StoreAsync(SessionEvent e)
    {
        stored.Enqueue(e);
        return Task.CompletedTask;
    }

    private Task HandleAsync(SessionEvent e) => StoreAsync(e);

    private static string PathOfThisFile([CallerFilePath] string path = "") => path;

    /// <summary>Takes the place of the console.</summary>
    private sealed class Screen(ConcurrentQueue<string> shown)
    {
        public void WriteLine(string line) => shown.Enqueue(line);
    }
}
