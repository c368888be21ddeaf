using Orleans;

namespace Sessions.Client;

/// <summary>Admits calls of grains that require a session, runs them under its context and settles them.</summary>
internal sealed class SessionGuardFilter(SessionsClient client) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod is not { } called
            || context.ImplementationMethod is not { } implementation
            || SessionGuard.Of(called, implementation) is not { } guard)
        {
            await context.Invoke();
            return;
        }

        if (SessionCall.Carried is not { } carried)
        {
            throw new SessionException(Missing(guard.Function));
        }

        try
        {
            await client.Get(carried.Id).RunGuardedAsync(guard, carried.Depth, async execution =>
            {
                using (SessionCall.Carry(carried.Id, execution.Depth + 1))
                {
                    await context.Invoke();
                }
            });
        }
        catch (SessionException refusal) when (refusal.GetType() != typeof(SessionException))
        {
            // A caller that lacks the leaf's type could not read the answer at all; the code and its data travel in the base.
            throw new SessionException(refusal.Error);
        }
    }

    private static SessionError Missing(FunctionName function) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        Rule = "a session is required",
        Message = $"{function} runs only in a session, and the call carries no session id; make it inside SessionCall.Use.",
    };
}
