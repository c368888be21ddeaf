using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Grains.Events;

namespace Sessions.Client.Tests;

/// <summary>A client over grains of the test's choice and a clock that stands still.</summary>
internal sealed class TestClient : IGrainSource, ITemplateGrain, ITemplateCatalogGrain, IDisposable
{
    public static readonly SessionId Id = SessionId.Parse("s-00000000000000000000000001");

    private readonly Func<SessionId, ISessionGrain> sessions;
    private readonly LeasedSessions? leased;
    private int missing;

    public TestClient(ISessionGrain session, Action<SessionsClientOptions>? configure = null, int missing = 0)
        : this(_ => session, new(), configure, missing)
    {
    }

    /// <summary>Over sessions in memory, and their clock. They end with it.</summary>
    public TestClient(LeasedSessions leased, Action<SessionsClientOptions>? configure = null)
        : this(leased.LineTo, leased.Time, configure, missing: 0) => this.leased = leased;

    private TestClient(Func<SessionId, ISessionGrain> sessions, TestTime time, Action<SessionsClientOptions>? configure, int missing)
    {
        (this.sessions, Time, this.missing) = (sessions, time, missing);
        configure?.Invoke(Options);
        Start = Time.GetUtcNow();
        Client = new SessionsClient(this, Options, Time, NullLogger<SessionsClient>.Instance);
    }

    public TestTime Time { get; }

    public DateTimeOffset Start { get; }

    public SessionsClientOptions Options { get; } = new() { Actor = Principal.Parse("tester") };

    public SessionsClient Client { get; }

    public SessionHandle Handle => field ??= Client.Get(Id);

    public int Resolved { get; private set; }

    public ISessionDataGrain? DataGrain { get; init; }

    public TemplateReply TemplateReply { get; init; } = new();

    public ISessionLogGrain? Log { get; init; }

    public ILifecycleFeedGrain? FeedGrain { get; init; }

    public ISubscriptionGrain? SubscriptionGrain { get; init; }

    public int TemplateCalls { get; private set; }

    public static CreateSessionOptions Creation => new()
    {
        Id = Id,
        Namespace = SessionNamespace.Parse("acme/test"),
        Creator = Principal.Parse("alice"),
    };

    public ISessionGrain Session(SessionId id)
    {
        Resolved++;
        return missing-- > 0
            ? throw new ArgumentException("Could not find an implementation for interface sessions.ISessionGrain")
            : sessions(id);
    }

    public ISessionLogGrain SessionLog(SessionId id) => Log ?? throw new NotSupportedException();

    public ILifecycleFeedGrain Feed(SessionNamespace @namespace) => FeedGrain ?? throw new NotSupportedException();

    public ISessionDataGrain Data(SessionId id) => DataGrain ?? throw new NotSupportedException("This test has no data.");

    public ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name) => SubscriptionGrain ?? throw new NotSupportedException();

    /// <summary>What opens children; null where none do.</summary>
    public ISessionFamilyGrain? Families { get; init; }

    public ISessionFamilyGrain Family(SessionId id) => Families!;

    public ITemplateGrain Template(string name) => this;

    public ITemplateCatalogGrain Catalog() => this;

    /// <summary>What finds sessions.</summary>
    public ScriptedSearch SearchGrain { get; } = new();

    public ISessionSearchGrain Search() => SearchGrain;

    public ScriptedOperation OperationGrain { get; } = new();

    public ISessionOperationGrain Operation(OperationId id) => OperationGrain.Of(id);

    public ISessionOperationListGrain Operations() => OperationGrain;

    /// <summary>The grain of every namespace's policy.</summary>
    public IIsolationPolicyGrain? PolicyGrain { get; init; }

    public IIsolationPolicyGrain Policy(SessionNamespace @namespace) => PolicyGrain ?? throw new InvalidOperationException("The test has no policies.");

    /// <summary>The line of every namespace.</summary>
    public IAdmissionQueueGrain? QueueGrain { get; init; }

    public IAdmissionQueueGrain Queue(SessionNamespace @namespace)
    {
        QueuesAsked.Add(@namespace);
        return QueueGrain ?? throw new InvalidOperationException("The test has no lines.");
    }

    /// <summary>Whose lines were asked, in order.</summary>
    public List<SessionNamespace> QueuesAsked { get; } = [];

    public ValueTask<TemplateReply> Set(TemplateDefinition definition, Principal actor, CommandId? commandId = null) => AnswerTemplate();

    public ValueTask<TemplateReply> Get(int? version) => AnswerTemplate();

    public ValueTask<TemplateReply> Add(string name) => AnswerTemplate();

    public ValueTask<ImmutableArray<SessionTemplate>> List() => new([]);

    public void Dispose()
    {
        Client.Dispose();
        if (leased is not null)
        {
            // Beside the context of the test, which this thread holds up. Grains that end wait for their leases, by the clock.
            Task.Run(() => Time.RunAsync(leased.DisposeAsync().AsTask())).GetAwaiter().GetResult();
        }
    }

    /// <summary>Runs the clock from timer to timer until the call is done, and gives what it threw.</summary>
    public async Task<T> FailsWithAsync<T>(Task call)
        where T : Exception
    {
        await Time.RunAsync(call.ContinueWith(_ => { }, TaskScheduler.Default));
        return await Assert.ThrowsAsync<T>(() => call);
    }

    /// <summary>The same, where the exact type is known only at run time.</summary>
    public async Task<T> FailsWithAsync<T>(Task call, Type exactly)
        where T : Exception
    {
        await Time.RunAsync(call.ContinueWith(_ => { }, TaskScheduler.Default));
        var thrown = await Assert.ThrowsAnyAsync<T>(() => call);
        Assert.Equal(exactly, thrown.GetType());
        return thrown;
    }

    /// <summary>Runs the clock from timer to timer until the call is done.</summary>
    public async Task<T> SucceedsAsync<T>(Task<T> call)
    {
        await Time.RunAsync(call);
        return await call;
    }

    private ValueTask<TemplateReply> AnswerTemplate()
    {
        TemplateCalls++;
        return new(TemplateReply);
    }
}
