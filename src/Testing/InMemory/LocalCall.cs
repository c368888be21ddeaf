using System.Collections.Immutable;
using System.Reflection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Sessions.Testing.InMemory;

/// <summary>One call of a grain on its way through the filters.</summary>
internal sealed class LocalCall(
    LocalGrain target, Grain grain, MethodInfo method, object?[] arguments, ImmutableArray<IIncomingGrainCallFilter> filters)
    : IIncomingGrainCallContext, IInvokable
{
    private int next;
    private MethodInfo? implementation;

    public IInvokable Request => this;

    public object Grain => grain;

    public GrainId? SourceId => null;

    public GrainId TargetId => target.GrainId;

    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);

    public string InterfaceName => method.DeclaringType!.Name;

    public string MethodName => method.Name;

    public MethodInfo InterfaceMethod => method;

    public MethodInfo ImplementationMethod => implementation ??= FindImplementation();

    public IGrainContext TargetContext => target;

    public object? Result { get; set; }

    public Response? Response { get; set; }

    /// <summary>Goes through the filters to the grain, and gives its answer.</summary>
    public async Task<object?> RunAsync()
    {
        await Invoke();
        return Result;
    }

    /// <summary>The next filter, or behind the last of them the grain itself.</summary>
    public Task Invoke()
    {
        var filter = next++;
        return filter < filters.Length ? filters[filter].Invoke(this)
            : filter == filters.Length && grain is IIncomingGrainCallFilter own ? own.Invoke(this)
            : InvokeGrainAsync();
    }

    public object? GetArgument(int index) => arguments[index];

    public int GetArgumentCount() => arguments.Length;

    public void SetArgument(int index, object value) => arguments[index] = value;

    public string GetMethodName() => MethodName;

    public string GetInterfaceName() => InterfaceName;

    public string GetActivityName() => $"{InterfaceName}/{MethodName}";

    public MethodInfo GetMethod() => method;

    public Type GetInterfaceType() => method.DeclaringType!;

    public object GetTarget() => grain;

    public void SetTarget(ITargetHolder holder) => throw new NotSupportedException("The call has its grain.");

    ValueTask<Response> IInvokable.Invoke() => throw new NotSupportedException("The call goes through the filters.");

    public void Dispose()
    {
        // It holds nothing.
    }

    private async Task InvokeGrainAsync() => Result = await GrainMethod.InvokeAsync(grain, method, arguments);

    private MethodInfo FindImplementation()
    {
        var map = grain.GetType().GetInterfaceMap(method.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method)];
    }
}
