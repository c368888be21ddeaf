using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Diagnostics;

/// <summary>
/// Stands before every call of a grain of ours. Lets no exception out but <see cref="SessionException"/> itself: a client that lacks an
/// exception's type cannot read the answer at all. What an exception means is decided in <see cref="CallFaults"/>. Also lets calls wait while
/// it is not known whether the silo still belongs to its cluster, and refuses those that lack an argument. One filter and not three: the
/// runtime makes a stage of its call for each.
/// </summary>
internal sealed partial class FaultFilter(ICallGate gate, IOptions<SessionsOptions> options, ILogger<FaultFilter> logger) : IIncomingGrainCallFilter
{
    private static readonly ConcurrentDictionary<MethodInfo, Target> Targets = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod is not { } method || Targets.GetOrAdd(method, static method => Target.Of(method)) is not { IsOwn: true } target)
        {
            return context.Invoke();
        }

        return gate.MayServe ? Call(context, target) : CallAsMemberAsync(context, target);
    }

    private async Task CallAsMemberAsync(IIncomingGrainCallContext context, Target target)
    {
        await gate.EnsureMemberAsync();
        await Call(context, target);
    }

    private Task Call(IIncomingGrainCallContext context, Target target)
    {
        if (target.FindMissing(context))
        {
            return Task.CompletedTask;
        }

        // Mostly done at once; then there is nothing to wait for.
        Task call;
        try
        {
            call = context.Invoke();
        }
#pragma warning disable CA1031 // Told as the failure of a call that was waited for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            call = Task.FromException(exception);
        }

        return call.IsCompletedSuccessfully ? call : GuardAsync(call, context);
    }

    private async Task GuardAsync(Task call, IIncomingGrainCallContext context)
    {
        try
        {
            await call;
        }
        catch (SessionException exception) when (exception.GetType() != typeof(SessionException))
        {
            throw new SessionException(exception.Error);
        }
        catch (Exception exception) when (exception is not SessionException)
        {
            var reference = Guid.NewGuid().ToString("n");
            LogFault(exception, reference, context.InterfaceName, context.MethodName, context.TargetId);
            throw new SessionException(ErrorOf(exception, reference));
        }
    }

    private SessionError ErrorOf(Exception exception, string reference)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SessionException known)
            {
                return known.Error;
            }

            if (CallFaults.KindOf(cause) != FaultKind.Final)
            {
                // Unknown also where this one attempt changed nothing: the call may have changed something before.
                return Refusals.OutcomeUnknown(null, Describe(cause, reference), options.Value.RetryAfter, reference);
            }
        }

        return new SessionError
        {
            Code = SessionErrorCode.Internal,
            Message = $"The silo failed; its log has more under {reference}.",
            Reference = reference,
        };
    }

    /// <summary>What callers are told. Stores of ours word their exceptions for users; the words of other exceptions stay in the log.</summary>
    private static string Describe(Exception cause, string reference) => cause is StoreUnavailableException or StoreOutcomeUnknownException
        ? $"The store could not do it: {cause.Message}"
        : $"A part of the cluster, or the storage of grain state, did not answer; the silo's log has more under {reference}.";

    [LoggerMessage(141, LogLevel.Error, "{Reference}: {Interface}.{Method} on {Target} failed.")]
    private partial void LogFault(Exception exception, string reference, string @interface, string method, GrainId target);

    /// <summary>What is known of a method.</summary>
    private sealed record Target(bool IsOwn, RequiredArguments? Required)
    {
        public static Target Of(MethodInfo method) => new(
            OwnGrains.Have(method), method.DeclaringType?.Assembly == typeof(ISessionGrain).Assembly ? RequiredArguments.Of(method) : null);

        /// <summary>Refuses a call that lacks an argument.</summary>
        public bool FindMissing(IIncomingGrainCallContext context)
        {
            if (Required?.FindMissing(context.Request) is not { } missing)
            {
                return false;
            }

            context.Result = Required.Refuse(missing);
            return true;
        }
    }
}
