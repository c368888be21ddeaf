using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Diagnostics;

/// <summary>
/// Lets no exception leave our grains but <see cref="SessionException"/> itself: a client that lacks an exception's type
/// cannot read the answer at all, and a database's words are nobody's business outside.
/// </summary>
internal sealed partial class FaultFilter(IOptions<SessionsOptions> options, ILogger<FaultFilter> logger) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType?.Assembly is not { } assembly
            || (assembly != typeof(ISessionGrain).Assembly && assembly != typeof(FaultFilter).Assembly))
        {
            await context.Invoke();
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
            if (cause is StoreUnavailableException or StoreOutcomeUnknownException)
            {
                return Refusals.Unavailable(null, "The store did not answer.", options.Value.RetryAfter, reference);
            }

            if (cause is SessionException known)
            {
                return known.Error;
            }
        }

        return new SessionError
        {
            Code = SessionErrorCode.Internal,
            Message = $"The silo failed; its log has more under {reference}.",
            Reference = reference,
        };
    }

    [LoggerMessage(141, LogLevel.Error, "{Reference}: {Interface}.{Method} on {Target} failed.")]
    private partial void LogFault(Exception exception, string reference, string @interface, string method, GrainId target);
}
