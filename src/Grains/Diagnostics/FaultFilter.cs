using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Diagnostics;

/// <summary>
/// Lets no exception leave our grains but <see cref="SessionException"/> itself: a client that lacks an exception's type cannot read the
/// answer at all. What an exception means is decided in <see cref="CallFaults"/>. Also refuses calls that lack an argument, before the grain
/// is called.
/// </summary>
internal sealed partial class FaultFilter(IOptions<SessionsOptions> options, ILogger<FaultFilter> logger) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod is not { } method || !OwnGrains.Have(context))
        {
            await context.Invoke();
            return;
        }

        if (method.DeclaringType?.Assembly == typeof(ISessionGrain).Assembly && RequiredArguments.Of(method) is { } required
            && required.FindMissing(context.Request) is { } missing)
        {
            context.Result = required.Refuse(missing);
            return;
        }

        try
        {
            await context.Invoke();
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
}
