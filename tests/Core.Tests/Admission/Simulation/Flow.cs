using System.Runtime.CompilerServices;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>
/// Something that goes on over simulated time. Awaited like a task, but what waits is resumed at once and in order, on the one
/// thread there is, so that a run depends on nothing but its seed.
/// </summary>
[AsyncMethodBuilder(typeof(FlowBuilder<>))]
internal sealed class Flow<T>
{
    private readonly List<Action> waiting = [];
    private Exception? failure;
    private T result = default!;

    public bool IsDone { get; private set; }

    public bool HasFailed => failure is not null;

    public void Succeed(T value)
    {
        if (!IsDone)
        {
            result = value;
            Finish();
        }
    }

    public void Fail(Exception exception)
    {
        if (exception is not StoreFailedException)
        {
            // Nobody may be waiting for this one, and so nobody would see that the run is worth nothing.
            throw new InvalidOperationException($"What is simulated failed: {exception}", exception);
        }

        if (!IsDone)
        {
            failure = exception;
            Finish();
        }
    }

    /// <summary>Calls back when it is done, or now if it is.</summary>
    public void Then(Action action)
    {
        if (IsDone)
        {
            action();
        }
        else
        {
            waiting.Add(action);
        }
    }

    /// <summary>Calls back with the result when it is done.</summary>
    public void OnDone(Action<T> action) => Then(() => action(Result));

    public T Result => failure is null ? result : throw failure;

    public FlowAwaiter<T> GetAwaiter() => new(this);

    private void Finish()
    {
        IsDone = true;
        foreach (var action in waiting)
        {
            action();
        }

        waiting.Clear();
    }
}

/// <summary>Where nothing comes back.</summary>
internal readonly record struct Nothing;

internal readonly struct FlowAwaiter<T>(Flow<T> flow) : INotifyCompletion
{
    public bool IsCompleted => flow.IsDone;

    public T GetResult() => flow.Result;

    public void OnCompleted(Action continuation) => flow.Then(continuation);
}

/// <summary>Lets the compiler make flows of methods.</summary>
#pragma warning disable CA1822 // The compiler looks for instance methods.
internal struct FlowBuilder<T>
{
    public Flow<T> Task { get; private init; }

    public static FlowBuilder<T> Create() => new() { Task = new() };

    public readonly void Start<TStateMachine>(ref TStateMachine machine)
        where TStateMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine)
    {
        // Needed by the pattern; the machine is boxed below, together with its builder.
    }

    public readonly void SetResult(T result) => Task.Succeed(result);

    public readonly void SetException(Exception exception) => Task.Fail(exception);

    public readonly void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine
    {
        IAsyncStateMachine boxed = machine;
        awaiter.OnCompleted(boxed.MoveNext);
    }

    public readonly void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => AwaitOnCompleted(ref awaiter, ref machine);
}
#pragma warning restore CA1822
