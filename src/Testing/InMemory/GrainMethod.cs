using System.Collections.Concurrent;
using System.Reflection;

namespace Sessions.Testing.InMemory;

/// <summary>Turns what methods of grains return into a task of an object, and back.</summary>
internal static class GrainMethod
{
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    /// <summary>Calls a method, and waits for its answer; null where it has none.</summary>
    public static Task<object?> InvokeAsync(object target, MethodInfo method, object?[] arguments) => Of(method).Open(
        method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)!);

    /// <summary>Gives an answer the form that a method returns.</summary>
    public static object Return(MethodInfo method, Task<object?> answer) => Of(method).Close(answer);

    private static Shape Of(MethodInfo method) => Shapes.GetOrAdd(method.ReturnType, static type =>
    {
        var (shape, result) = type switch
        {
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(ValueTask<>) => (typeof(ValueTaskShape<>), type.GenericTypeArguments[0]),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(Task<>) => (typeof(TaskShape<>), type.GenericTypeArguments[0]),
            _ when type == typeof(ValueTask) => (null, typeof(ValueTask)),
            _ when type == typeof(Task) => (null, typeof(Task)),
            _ => throw new NotSupportedException($"No method of a grain returns {type}."),
        };
        return shape is null
            ? (result == typeof(Task) ? new EmptyTaskShape() : new EmptyValueTaskShape())
            : (Shape)Activator.CreateInstance(shape.MakeGenericType(result))!;
    });

    private abstract class Shape
    {
        public abstract Task<object?> Open(object returned);

        public abstract object Close(Task<object?> answer);
    }

    private sealed class EmptyTaskShape : Shape
    {
        public override async Task<object?> Open(object returned)
        {
            await (Task)returned;
            return null;
        }

        public override object Close(Task<object?> answer) => answer;
    }

    private sealed class EmptyValueTaskShape : Shape
    {
        public override async Task<object?> Open(object returned)
        {
            await (ValueTask)returned;
            return null;
        }

        public override object Close(Task<object?> answer) => new ValueTask(answer);
    }

    private sealed class TaskShape<T> : Shape
    {
        public override async Task<object?> Open(object returned) => await (Task<T>)returned;

        public override object Close(Task<object?> answer) => ResultAsync(answer);

        private static async Task<T> ResultAsync(Task<object?> answer) => (T)(await answer)!;
    }

    private sealed class ValueTaskShape<T> : Shape
    {
        public override async Task<object?> Open(object returned) => await (ValueTask<T>)returned;

        public override object Close(Task<object?> answer) => new ValueTask<T>(ResultAsync(answer));

        private static async Task<T> ResultAsync(Task<object?> answer) => (T)(await answer)!;
    }
}
