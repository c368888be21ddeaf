using System.Diagnostics.Metrics;
using Sessions.TestKit;

namespace Sessions.Client.Tests;

public class ManagerTests
{
    private static readonly FunctionName Echo = FunctionName.Parse("echo");

    [Fact]
    public async Task Opened_Can_be_used_at_once_and_what_is_asked_waits_for_the_creation()
    {
        var created = new TaskCompletionSource();
        var activated = new TaskCompletionSource();
        var grain = new LeasedSessions();
        grain.OnCreate = () => created.Task;
        grain.OnActivate = () => activated.Task;
        using var client = new TestClient(grain);

        var session = client.Client.Manager.Open(TestClient.Creation);
        var running = session.ExecuteAsync(Echo, context => new ValueTask<SessionId>(context.SessionId)).AsTask();

        Assert.True(session.IsPending);
        Assert.Equal((TestClient.Id, SessionVerb.Create), Only(client));
        Assert.False(client.Client.Manager.TryAdmit(TestClient.Id, Echo, out _));
        Assert.Same(session, client.Client.Manager.Get(TestClient.Id));
        created.SetResult();
        await Eventually.Holds(() => Only(client).Operation == SessionVerb.Activate, "it is activated");
        Assert.False(running.IsCompleted);
        activated.SetResult();

        Assert.Equal(TestClient.Id, await running);
        Assert.False(session.IsPending);
        Assert.Empty(client.Client.Manager.Pending);
        Assert.Equal((SessionStatus.Active, 2), (session.LastSeen!.Status, session.LastSeen.Version));
        Assert.True(client.Client.Manager.TryAdmit(TestClient.Id, Echo, out var execution));
        execution.Settle();
    }

    [Fact]
    public async Task Creation_that_fails_Surfaces_on_the_next_use_typed_and_the_session_is_forgotten()
    {
        using var client = new TestClient(new ScriptedGrain(
            Step.Refuse(new SessionError { Code = SessionErrorCode.TemplateNotFound, Message = "no" })));
        var manager = client.Client.Manager;
        var session = manager.Open(TestClient.Creation);
        await Eventually.Holds(() => !session.IsPending, "the creation ends");
        Assert.Same(session, manager.Get(TestClient.Id));

        await Assert.ThrowsAsync<TemplateNotFoundException>(async () => await manager.Get(TestClient.Id).ExecuteAsync(Echo, _ => default));

        Assert.Empty(manager.Pending);
        Assert.Equal(0, manager.Count);
        Assert.NotSame(session, manager.Get(TestClient.Id));
        await Assert.ThrowsAsync<TemplateNotFoundException>(async () => await session.AuthorizeAsync(Echo));
    }

    [Fact]
    public async Task Activation_that_is_refused_Closes_the_session_unless_the_caller_chose_its_id()
    {
        var full = new SessionError { Code = SessionErrorCode.PolicyViolation, Message = "Full." };
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Created, 1), Step.Refuse(full), Step.Answer(SessionStatus.Closed, 2));
        using var client = new TestClient(grain);
        var chosen = new ScriptedGrain(Step.Answer(SessionStatus.Created, 1), Step.Refuse(full));
        using var other = new TestClient(chosen);

        var refused = await Assert.ThrowsAsync<PolicyViolationException>(
            async () => await client.Client.Manager.Open(TestClient.Creation with { Id = null }).ReadyAsync());
        await Assert.ThrowsAsync<PolicyViolationException>(async () => await other.Client.Manager.Open(TestClient.Creation).ReadyAsync());

        Assert.Equal([SessionVerb.Create, SessionVerb.Activate, SessionVerb.Close], grain.Commands.Select(command => command.Verb));
        Assert.Contains("is Closed; nothing is left of it.", refused.Message, StringComparison.Ordinal);
        Assert.Equal([SessionVerb.Create, SessionVerb.Activate], chosen.Commands.Select(command => command.Verb));
    }

    [Fact]
    public async Task Opened_again_under_its_id_A_session_that_is_active_is_not_activated_again()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Active, 2));
        using var client = new TestClient(grain);

        await client.Client.Manager.Open(TestClient.Creation).ReadyAsync();

        Assert.Equal([SessionVerb.Create], grain.Commands.Select(command => command.Verb));
    }

    [Fact]
    public async Task Nobody_waits_any_more_The_creation_goes_on()
    {
        var created = new TaskCompletionSource();
        var grain = new LeasedSessions();
        grain.OnCreate = () => created.Task;
        using var client = new TestClient(grain);
        using var own = new CancellationTokenSource();
        var session = client.Client.Manager.Open(TestClient.Creation, activate: false);
        var waiting = session.ExecuteAsync(Echo, _ => default, cancellationToken: own.Token).AsTask();

        await own.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        created.SetResult();

        await session.ReadyAsync();
        Assert.Equal(SessionStatus.Created, session.LastSeen!.Status);
        Assert.Same(session, client.Client.Manager.Get(TestClient.Id));
    }

    [Fact]
    public async Task Fallen_out_of_the_cache_The_lease_goes_back_and_what_runs_goes_on()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain, options => options.CacheCapacity = 3);
        var manager = client.Client.Manager;
        var idle = Enumerable.Range(0, 10).Select(_ => SessionId.New()).ToArray();
        var running = new List<Execution>();
        foreach (var id in idle)
        {
            (await manager.Get(id).AdmitAsync(Echo)).Settle();
            running.Add(await manager.Get(SessionId.New()).AdmitAsync(Echo));
        }

        for (var i = 0; i < 30; i++)
        {
            manager.Get(SessionId.New());
        }

        // The cache chooses which few of them it keeps.
        await Eventually.Holds(() => grain.Reported >= 7 && client.Client.Keeper.Count <= 13, "the idle leases are given back");
        Assert.InRange(manager.Count, 1, 4);
        Assert.True(idle.Count(id => manager.TryAdmit(id, Echo, out _)) <= 3);
        Assert.All(running, execution => Assert.True(execution.IsRunning));
        Assert.All(grain.Reports, report => Assert.Equal((1L, 0), (report.Admitted, report.Running)));
        running.ForEach(execution => execution.Settle());
    }

    [Fact]
    public async Task Through_the_cache_Admitting_allocates_nothing()
    {
        var grain = new LeasedSessions
        {
            OnLease = (_, reply) => Task.FromResult(reply with { Terms = reply.Terms! with { Granted = reply.Terms.Granted with { Executions = 100_000 } } }),
        };
        using var client = new TestClient(grain);
        var manager = client.Client.Manager;
        (await manager.Get(TestClient.Id).AdmitAsync(Echo)).Settle();
        var allocated = long.MaxValue;
        for (var attempt = 0; attempt < 3 && allocated > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++)
            {
                if (!manager.TryAdmit(TestClient.Id, Echo, out var execution))
                {
                    Assert.Fail("The block should have lasted.");
                }

                execution.Settle();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Session_that_says_it_is_over_Is_forgotten()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var session = client.Client.Manager.Get(TestClient.Id);
        (await session.AdmitAsync(Echo)).Settle();

        await grain.Holder.Changed(new SessionSnapshot { Id = TestClient.Id, Version = 5, Status = SessionStatus.Closed });

        Assert.Equal((SessionStatus.Closed, 5), (session.LastSeen!.Status, session.LastSeen.Version));
        Assert.Equal(0, client.Client.Manager.Count);
    }

    [Fact]
    public async Task What_it_does_Can_be_measured()
    {
        var measured = new Dictionary<string, double>();
        using var client = new TestClient(new LeasedSessions(), options => options.CacheCapacity = 3);
        var instruments = client.Client.Meter;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == instruments)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Add(instrument, 1));
        listener.Start();
        var manager = client.Client.Manager;

        await manager.Open(TestClient.Creation).ReadyAsync();
        manager.Get(TestClient.Id);
        for (var i = 0; i < 10; i++)
        {
            manager.Get(SessionId.New());
        }

        listener.RecordObservableInstruments();

        Assert.Equal(1, measured[SessionsClientMetrics.Creations]);
        Assert.Equal(1, measured[SessionsClientMetrics.CacheHits]);
        Assert.Equal(10, measured[SessionsClientMetrics.CacheMisses]);
        Assert.InRange(measured[SessionsClientMetrics.CacheEvictions], 6, 10);
        Assert.Equal(0, measured[SessionsClientMetrics.Pending]);

        void Add(Instrument instrument, double value)
        {
            lock (measured)
            {
                measured[instrument.Name] = measured.GetValueOrDefault(instrument.Name) + value;
            }
        }
    }

    private static (SessionId SessionId, SessionVerb Operation) Only(TestClient client)
    {
        var operation = client.Client.Manager.Pending.Single();
        return (operation.SessionId, operation.Operation);
    }
}
