using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Sessions.Client.Tests;

public class GuardTests
{
    [Theory]
    [InlineData(nameof(ICounter.Read), "ICounter.Read", SessionPermissions.ExecuteFunctions)]
    [InlineData(nameof(ICounter.Write), "counter/write", SessionPermissions.WriteCrossSession)]
    [InlineData(nameof(ICounter.Reset), "admin", SessionPermissions.All)]
    public void Nearest_attribute_Counts(string method, string function, SessionPermissions permissions)
    {
        var guard = SessionGuard.Of(typeof(ICounter).GetMethod(method)!, typeof(Counter).GetMethod(method)!);

        Assert.Equal((FunctionName.Parse(function), permissions), (guard!.Function, guard.Permissions));
        Assert.Same(guard, SessionGuard.Of(typeof(ICounter).GetMethod(method)!, typeof(Counter).GetMethod(method)!));
    }

    [Fact]
    public async Task Method_without_a_guard_Is_called_as_ever()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var call = new Call(typeof(IPlain), typeof(Plain), nameof(IPlain.Echo), () => Task.CompletedTask);

        await new SessionGuardFilter(client.Client).Invoke(call);

        Assert.Equal((1, 0), (call.Invoked, grain.Asked));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("s-nonsense", null)]
    [InlineData("s-00000000000000000000000001", "x")]
    [InlineData("s-00000000000000000000000001", "-1")]
    public async Task Call_without_a_session_Is_refused_in_the_base_type_and_not_made(string? id, string? depth)
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var call = Guarded(nameof(ICounter.Read), () => Task.CompletedTask);
        RequestContext.Clear();
        if (id is not null)
        {
            RequestContext.Set(SessionCall.SessionKey, id);
        }

        if (depth is not null)
        {
            RequestContext.Set(SessionCall.DepthKey, depth);
        }

        var thrown = await Assert.ThrowsAsync<SessionException>(() => new SessionGuardFilter(client.Client).Invoke(call));

        Assert.Equal(SessionErrorCode.PermissionDenied, thrown.Code);
        Assert.Contains("no session id", thrown.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (call.Invoked, grain.Asked));
    }

    [Fact]
    public async Task Guarded_call_Runs_under_the_context_and_is_settled_and_what_it_calls_nests()
    {
        var grain = new LeasedSessions();
        using var client = new TestClient(grain);
        var filter = new SessionGuardFilter(client.Client);
        var depths = new List<int>();
        var inner = Guarded(nameof(ICounter.Read), () =>
        {
            depths.Add(SessionContext.Current!.Depth);
            return Task.CompletedTask;
        });
        var outer = Guarded(nameof(ICounter.Read), async () =>
        {
            depths.Add(SessionContext.Current!.Depth);
            await filter.Invoke(inner);
            await filter.Invoke(inner);
        });

        using (SessionCall.Use(TestClient.Id))
        {
            await filter.Invoke(outer);
            Assert.Equal((TestClient.Id, 0), SessionCall.Carried);
        }

        Assert.Null(SessionCall.Carried);
        Assert.Equal([0, 1, 1], depths);
        Assert.Equal((3, 3), (outer.Invoked + inner.Invoked, (await grain.RecallAsync(RecallReason.Idle))!.Succeeded));
    }

    [Fact]
    public async Task Guarded_call_inside_an_execution_Nests_in_it()
    {
        using var client = new TestClient(new LeasedSessions());
        var filter = new SessionGuardFilter(client.Client);
        var depth = -1;
        var call = Guarded(nameof(ICounter.Read), () =>
        {
            depth = SessionContext.Current!.Depth;
            return Task.CompletedTask;
        });

        await client.Handle.ExecuteAsync(FunctionName.Parse("f"), async _ =>
        {
            using (SessionCall.Use(TestClient.Id))
            {
                await filter.Invoke(call);
            }
        });

        Assert.Equal(1, depth);
    }

    [Fact]
    public async Task Refused_and_failed_Leave_the_silo_as_what_every_client_can_read()
    {
        var grain = new LeasedSessions { Permissions = SessionPermissions.ExecuteFunctions };
        using var client = new TestClient(grain);
        var filter = new SessionGuardFilter(client.Client);
        using var carried = SessionCall.Use(TestClient.Id);

        var refused = await Assert.ThrowsAsync<SessionException>(
            () => filter.Invoke(Guarded(nameof(ICounter.Write), () => Task.CompletedTask)));
        Assert.Equal(SessionErrorCode.PermissionDenied, refused.Code);

        // The grain's own exceptions are its own affair.
        await Assert.ThrowsAsync<FormatException>(
            () => filter.Invoke(Guarded(nameof(ICounter.Read), () => throw new FormatException())));
        Assert.Equal(1, (await grain.RecallAsync(RecallReason.Idle))!.Failed);
    }

    [Fact]
    public void Added_twice_There_is_one_filter_and_one_client()
    {
        var services = new ServiceCollection().AddSessionGuards().AddSessionGuards();

        Assert.Single(services, service => service.ServiceType == typeof(IIncomingGrainCallFilter));
        Assert.Single(services, service => service.ServiceType == typeof(SessionsClient));
        Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddSessionsClient().AddSessionGuards());
    }

    [Fact]
    public void Using_no_session_Is_refused() => Assert.Throws<InvalidConfigurationException>(() => SessionCall.Use(default));

    private static Call Guarded(string method, Func<Task> body) => new(typeof(ICounter), typeof(Counter), method, body);

    [RequiresSession]
    private interface ICounter
    {
        Task Read();

        [RequiresSession(SessionPermissions.WriteCrossSession, Function = "counter/write")]
        Task Write();

        Task Reset();
    }

    private interface IPlain
    {
        Task Echo();
    }

    private sealed class Counter : ICounter
    {
        public Task Read() => Task.CompletedTask;

        public Task Write() => Task.CompletedTask;

        [RequiresSession(SessionPermissions.All, Function = "admin")]
        public Task Reset() => Task.CompletedTask;
    }

    private sealed class Plain : IPlain
    {
        public Task Echo() => Task.CompletedTask;
    }

    private sealed class Call(Type @interface, Type implementation, string method, Func<Task> body) : IIncomingGrainCallContext
    {
        public int Invoked { get; private set; }

        public MethodInfo InterfaceMethod { get; } = @interface.GetMethod(method)!;

        public MethodInfo ImplementationMethod { get; } = implementation.GetMethod(method)!;

        public IInvokable Request => throw new NotSupportedException();

        public object Grain => throw new NotSupportedException();

        public GrainId? SourceId => null;

        public GrainId TargetId => default;

        public GrainInterfaceType InterfaceType => default;

        public string InterfaceName => InterfaceMethod.DeclaringType!.Name;

        public string MethodName => InterfaceMethod.Name;

        public object? Result { get; set; }

        public Response? Response { get; set; }

        public IGrainContext TargetContext => throw new NotSupportedException();

        public Task Invoke()
        {
            Invoked++;
            return body();
        }
    }
}
