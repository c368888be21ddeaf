using System.Collections.Immutable;
using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Sessions.Grains.Diagnostics;

/// <summary>
/// The arguments of a method of a public grain interface that must be there: those of a reference type that its declaration does not call
/// nullable. So no grain has to expect null, and a caller without the client library is told which argument is missing. An identifier that is
/// missing is for the grain to find, among all that is wrong.
/// </summary>
internal sealed class RequiredArguments
{

    private readonly ImmutableArray<(int Index, string Name)> required;
    private readonly Func<SessionError, object> refuse;

    private RequiredArguments(ImmutableArray<(int Index, string Name)> required, Func<SessionError, object> refuse) =>
        (this.required, this.refuse) = (required, refuse);

    /// <summary>What <paramref name="method"/> requires; null for nothing.</summary>
    public static RequiredArguments? Of(MethodInfo method)
    {
        var nullability = new NullabilityInfoContext();
        var required = method.GetParameters()
            .Where(parameter => !parameter.ParameterType.IsValueType && nullability.Create(parameter).WriteState == NullabilityState.NotNull)
            .Select(parameter => (parameter.Position, parameter.Name!))
            .ToImmutableArray();
        return required.IsEmpty ? null : new RequiredArguments(required, RefusalIn(AnswerOf(method)));
    }

    /// <summary>The refusal of a call that lacks an argument; null if none is missing.</summary>
    public SessionError? FindMissing(IInvokable request)
    {
        foreach (var (index, name) in required)
        {
            if (request.GetArgument(index) is null)
            {
                return SessionError.InvalidConfiguration(null, [new(name, "is missing")]);
            }
        }

        return null;
    }

    /// <summary>The method's answer that refuses the call.</summary>
    /// <exception cref="SessionException">Its answers have no refusal.</exception>
    public object Refuse(SessionError refusal) => refuse(refusal);

    private static Type? AnswerOf(MethodInfo method) =>
        method.ReturnType.IsGenericType ? method.ReturnType.GenericTypeArguments[0] : null;

    /// <summary>How an answer of this type refuses: as a value where it has a place for one.</summary>
    private static Func<SessionError, object> RefusalIn(Type? answer)
    {
        if (answer == typeof(SessionError))
        {
            return static refusal => refusal;
        }

        if (answer == typeof(ExecutionReply))
        {
            return static refusal => new ExecutionReply { Decision = new AdmissionDecision { Refusal = refusal } };
        }

        if (answer?.GetProperty(nameof(SessionReply.Refusal)) is { CanWrite: true } property && property.PropertyType == typeof(SessionError))
        {
            return refusal =>
            {
                var reply = Activator.CreateInstance(answer)!;
                property.SetValue(reply, refusal);
                return reply;
            };
        }

        return static refusal => throw new SessionException(refusal);
    }
}
