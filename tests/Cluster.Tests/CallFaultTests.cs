using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Hosting;
using Orleans.Storage;
using Sessions.Client;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage.Memory;
using Sessions.Testing;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>A silo whose grains and whose storage of grain state fail as Orleans and PostgreSQL make them fail.</summary>
public sealed class CallFaultFixture : IAsyncLifetime, IIncomingGrainCallFilter
{
    private SessionsTestCluster host = null!;

    /// <summary>Given a call, what it fails with before it reaches the grain, outside of our filter; null to let it be.</summary>
    public Func<IIncomingGrainCallContext, Exception?> Fail { get; set; } = static _ => null;

    public FailingGrainStorage State { get; } = new();

    internal FaultyStorage Store { get; } = new(MemoryStorage.Create());

    public IGrainFactory Grains => host.Grains;

    public SessionsClient Client => host.GatewayClient;

    public async Task InitializeAsync() => host = await SessionsTestCluster.StartAsync(options =>
    {
        options.UseSystemTime = true;
        options.ConfigureSilo = silo =>
        {
            silo.AddSessionStorage(_ => Store.Ports);
            silo.Services.AddKeyedSingleton<IGrainStorage>(SessionsServices.GrainStorage, State);
            silo.AddIncomingGrainCallFilter(this);
        };
        options.ConfigureClient = client => client.Actor = Clients.Outside;
    });

    public Task Invoke(IIncomingGrainCallContext context) => Fail(context) is { } fault ? throw fault : context.Invoke();

    public Task DisposeAsync() => host.DisposeAsync().AsTask();
}

/// <summary>Grain state in memory; while a test wants it, it fails as a database does that cannot be reached.</summary>
public sealed class FailingGrainStorage : IGrainStorage
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(string, GrainId), object> states = new();

    /// <summary>What the next reads and writes fail with.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<Exception> Failures { get; } = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        FailIfAsked();
        grainState.RecordExists = states.TryGetValue((stateName, grainId), out var state);
        grainState.State = grainState.RecordExists ? (T)state! : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        FailIfAsked();
        states[(stateName, grainId)] = grainState.State!;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

    private void FailIfAsked()
    {
        if (Failures.TryDequeue(out var fault))
        {
            throw fault;
        }
    }
}

/// <summary>What callers are told when something fails that is not ours, and when an argument is missing.</summary>
public sealed class CallFaultTests(CallFaultFixture cluster) : IClassFixture<CallFaultFixture>
{
    private static readonly SessionNamespace Acme = SessionNamespace.Parse("acme/faults");

    /// <summary>Every method of every grain interface that callers may use.</summary>
    public static TheoryData<string, string> Methods
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var method in PublicInterfaces().SelectMany(type => type.GetMethods()))
            {
                data.Add(method.DeclaringType!.Name, method.Name);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task ArgumentThatIsMissing_OfEveryMethod_IsRefusedByName(string grain, string name)
    {
        var method = Method(grain, name);
        var nullability = new NullabilityInfoContext();
        foreach (var parameter in method.GetParameters())
        {
            var error = await CallAsync(method, [.. method.GetParameters().Select(one => one == parameter ? Missing(one) : Given(one))]);

            var isRequired = !parameter.ParameterType.IsValueType && nullability.Create(parameter).WriteState == NullabilityState.NotNull;
            if (isRequired || IsIdentifier(parameter.ParameterType))
            {
                Assert.Equal(SessionErrorCode.InvalidConfiguration, error?.Code);
                Assert.Contains(parameter.Name, error!.Faults.Select(fault => fault.Field));
            }

            Assert.NotEqual(SessionErrorCode.Internal, error?.Code);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task ArgumentsThatAreEmpty_OfEveryMethod_AreNoFaultOfTheSilo(string grain, string name)
    {
        var method = Method(grain, name);

        var error = await CallAsync(method, [.. method.GetParameters().Select(Given)]);

        Assert.NotEqual(SessionErrorCode.Internal, error?.Code);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task KeyThatIsMadeUp_OfEveryMethod_IsNoFaultOfTheSilo(string grain, string name)
    {
        var method = Method(grain, name);

        var error = await CallAsync(method, [.. method.GetParameters().Select(Given)], key: "made up");

        Assert.NotEqual(SessionErrorCode.Internal, error?.Code);
    }

    [Fact]
    public async Task ChildWhoseNodeIsDead_Opened_IsOpenedByTheNextAttempt()
    {
        var parent = await cluster.Client.CreateAsync(new() { Namespace = Acme, Creator = Commands.Alice });
        await parent.ActivateAsync();
        var child = SessionId.New();
        var failures = 1;
        cluster.Fail = call => call.TargetId.Key.ToString() == child.ToString() && Interlocked.Decrement(ref failures) >= 0
            ? new SiloUnavailableException("The target silo became unavailable.")
            : null;

        var opened = await parent.OpenChildAsync(new() { Id = child });

        Assert.Equal((child, -1), (opened.Id, Math.Sign(failures)));
        Assert.Equal(1, (await parent.GetAsync()).Usage.Children);
    }

    [Fact]
    public async Task ChildThatCannotBeAsked_OpeningThatIsGivenUp_DoesNotClaimThatNothingWasChanged()
    {
        var parent = await cluster.Client.CreateAsync(new() { Namespace = Acme, Creator = Commands.Alice });
        await parent.ActivateAsync();
        var child = SessionId.New();
        cluster.Store.Sessions.FailReads(child);
        cluster.Fail = call => call.TargetId.Key.ToString() == child.ToString()
            ? new SessionException(new SessionError { Code = SessionErrorCode.Unavailable, NothingChanged = true, Message = "Not now." })
            : null;

        var refused = (await Assert.ThrowsAsync<SessionException>(
            () => cluster.Grains.GetSessionFamily(parent.Id).OpenChild(new() { Child = child, Actor = Commands.Alice }).AsTask())).Error;

        Assert.Equal((SessionErrorCode.Unavailable, false), (refused.Code, refused.NothingChanged));
        Assert.Equal(1, (await parent.GetAsync()).Usage.Children);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task StorageOfGrainStateThatFails_Template_IsSetByTheNextAttempt(int failures)
    {
        var template = TemplateReference.Parse($"t{Guid.NewGuid():n}");
        Break(failures);

        var set = await cluster.Client.SetTemplateAsync(template, new());

        Assert.Equal((template.Name, 1), (set.Name, set.Version));
        Assert.Empty(cluster.State.Failures);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task StorageOfGrainStateThatFails_Subscription_IsOpenedByTheNextAttempt(int failures)
    {
        var name = SubscriptionName.Parse($"s-{Guid.NewGuid():n}");
        Break(failures);

        var subscription = await cluster.Client.SubscribeAsync(name, Acme);

        Assert.Equal(Acme, subscription.Namespace);
        Assert.Empty(cluster.State.Failures);
    }

    [Fact]
    public async Task StorageOfGrainStateThatFails_WithoutTheClientLibrary_IsReadableAndUnavailable()
    {
        Break(2);

        var template = await Assert.ThrowsAnyAsync<Exception>(
            () => cluster.Grains.GetTemplate(TemplateReference.Parse($"t{Guid.NewGuid():n}")).Get(null).AsTask());
        var subscription = await Assert.ThrowsAnyAsync<Exception>(
            () => cluster.Grains.GetSubscription(Acme, SubscriptionName.Parse($"s-{Guid.NewGuid():n}")).Delete(Commands.Alice).AsTask());

        Assert.All([template, subscription], fault => Assert.Equal(SessionErrorCode.Unavailable, Assert.IsType<SessionException>(fault).Code));
    }

    [Fact]
    public async Task StorageOfGrainStateThatFailsAtAWrite_Template_IsSetByTheNextAttempt()
    {
        var template = TemplateReference.Parse($"t{Guid.NewGuid():n}");
        await cluster.Client.SetTemplateAsync(template, new());
        Break(1);

        Assert.Equal(2, (await cluster.Client.SetTemplateAsync(template, new() { Description = "second" })).Version);
    }

    [Fact]
    public async Task AnotherActivationWroteBefore_Template_IsDecidedAgain()
    {
        var template = TemplateReference.Parse($"t{Guid.NewGuid():n}");
        await cluster.Client.SetTemplateAsync(template, new());
        cluster.State.Failures.Enqueue(new InconsistentStateException("etag", "2", "1"));

        var set = await cluster.Client.SetTemplateAsync(template, new() { Description = "second" });

        Assert.Equal(2, set.Version);
    }

    [Fact]
    public async Task DiskThatIsFull_Put_IsRefusedInTheWordsOfTheStoreAndChangedNothing()
    {
        var session = await cluster.Client.CreateAsync(new() { Namespace = Acme, Creator = Commands.Alice });
        await session.ActivateAsync();
        var key = DataKey.Parse("a");
        await session.Data.PutAsync(key, "1"u8.ToArray());
        cluster.Store.Data.FailDataWrites(session.Id, "There is no space for sessions.db; nothing was written.");

        var refused = (await cluster.Grains.GetSessionData(session.Id).Access(
            new() { Verb = DataVerb.Put, Key = key, Value = [1], Actor = Commands.Alice, CommandId = CommandId.New() })).Refusal!;

        Assert.Equal((SessionErrorCode.Unavailable, true), (refused.Code, refused.NothingChanged));
        Assert.Contains("There is no space for sessions.db", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DiskThatIsFull_Command_IsRefusedInTheWordsOfTheStoreAndChangedNothing()
    {
        var id = SessionId.New();
        cluster.Store.Sessions.FailSaves(id, "There is no space for sessions.db; nothing was written.");

        var refused = (await Assert.ThrowsAsync<SessionException>(() => cluster.Grains.GetSession(id).Create(Commands.Create()).AsTask())).Error;

        Assert.Equal((SessionErrorCode.Unavailable, true), (refused.Code, refused.NothingChanged));
        Assert.Contains("There is no space for sessions.db", refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<Type> PublicInterfaces() => typeof(ISessionGrain).Assembly.GetExportedTypes()
        .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain)));

    private static MethodInfo Method(string grain, string name) =>
        PublicInterfaces().Single(type => type.Name == grain).GetMethod(name)!;

    private static bool IsIdentifier(Type type) => type == typeof(SessionId) || type == typeof(SessionNamespace) || type == typeof(Principal);

    private static object? Missing(ParameterInfo parameter) =>
        parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;

    /// <summary>Something that is there, and empty.</summary>
    private static object? Given(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(SessionId) ? SessionId.New()
        : parameter.ParameterType == typeof(SessionNamespace) ? Acme
        : parameter.ParameterType == typeof(Principal) ? Commands.Alice
        : parameter.ParameterType == typeof(string) ? ""
        : parameter.ParameterType == typeof(QueueTicket) ? new QueueTicket(default, default, default, default)
        : parameter.ParameterType == typeof(EventQuery) ? new EventQuery(Acme, false)
        : Activator.CreateInstance(parameter.ParameterType);

    /// <summary>Calls a grain, past the client library; the refusal, whichever way it came, or null.</summary>
    private async Task<SessionError?> CallAsync(MethodInfo method, object?[] arguments, string? key = null)
    {
        try
        {
            var answer = method.Invoke(Grain(method.DeclaringType!, key), arguments)!;
            if (answer is ValueTask bare)
            {
                await bare;
                return null;
            }

            var task = (Task)answer.GetType().GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(answer, [])!;
            await task;
            var value = task.GetType().GetProperty(nameof(Task<int>.Result))!.GetValue(task);
            return value switch
            {
                SessionError error => error,
                ExecutionReply reply => reply.Decision.Refusal,
                _ => value?.GetType().GetProperty(nameof(SessionReply.Refusal))?.GetValue(value) as SessionError,
            };
        }
        catch (SessionException refused)
        {
            return refused.Error;
        }
    }

    private object Grain(Type type, string? key)
    {
        if (type.IsAssignableTo(typeof(IGrainWithIntegerKey)))
        {
            return cluster.Grains.GetGrain(type, 0);
        }

        var wellFormed = type == typeof(ITemplateGrain) ? "t/any"
            : type == typeof(ITemplateCatalogGrain) ? ITemplateCatalogGrain.Key
            : type == typeof(ISubscriptionGrain) ? "u/acme/any"
            : type == typeof(ISessionOperationGrain) ? OperationId.New().ToString()
            : type == typeof(IIsolationPolicyGrain) || type == typeof(IAdmissionQueueGrain) ? "n/acme"
            : type == typeof(ILifecycleFeedGrain) ? "acme"
            : SessionId.New().ToString();
        return cluster.Grains.GetGrain(type, key ?? wellFormed);
    }

    /// <summary>In the words of PostgreSQL, whose exceptions no codec can write.</summary>
    private void Break(int times)
    {
        for (var n = 0; n < times; n++)
        {
            cluster.State.Failures.Enqueue(new NpgsqlException("Exception while reading from stream", new EndOfStreamException()));
        }
    }
}
