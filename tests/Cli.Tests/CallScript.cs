using Orleans;

namespace Sessions.Cli.Tests;

/// <summary>
/// Stands between callers and grains: refuses commands, lets calls fail or wait, and changes answers, as a test asks for. All else goes
/// to the grain.
/// </summary>
internal sealed class CallScript : IIncomingGrainCallFilter
{
    // Less than tests have sessions, so that lists take several pages.
    private const int PageSize = 2;

    private TaskCompletionSource? held;
    private Action? followed;

    /// <summary>Given a command, what to refuse it with; null to let it be.</summary>
    public Func<SessionCommand, SessionError?> Refuse { get; init; } = static _ => null;

    /// <summary>Given an answer of a grain, what its caller is told.</summary>
    public Func<object?, object?> Alter { get; set; } = static answer => answer;

    /// <summary>What every read of a namespace's events fails with, if anything.</summary>
    public Exception? EventFailure { get; set; }

    /// <summary>Stands in for the line of every namespace, if there is one.</summary>
    public IAdmissionQueueGrain? Line { get; init; }

    /// <summary>Lets what operations tell sessions wait, until it is refused at the end.</summary>
    /// <param name="onFollowed">Told when a caller waits for an operation.</param>
    public void HoldOperations(Action? onFollowed = null)
    {
        held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        followed = onFollowed;
    }

    /// <summary>Ends the waiting of <see cref="HoldOperations"/>.</summary>
    public void Release() => held?.TrySetResult();

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var argument = context.Request.GetArgumentCount() > 0 ? context.Request.GetArgument(0) : null;
        if (Line is { } line && Is<IAdmissionQueueGrain>(context, nameof(IAdmissionQueueGrain.Enter)))
        {
            context.Result = await line.Enter((EnterQueue)argument!);
            return;
        }

        if (Line is { } waited && Is<IAdmissionQueueGrain>(context, nameof(IAdmissionQueueGrain.Wait)))
        {
            context.Result = await waited.Wait((QueueTicket)argument!, (TimeSpan)context.Request.GetArgument(1)!);
            return;
        }

        if (argument is SessionCommand command && await RefusalOfAsync(command) is { } refusal)
        {
            context.Result = command is OpenChildSession ? new OpenChildReply { Refusal = refusal } : new SessionReply { Refusal = refusal };
            return;
        }

        if (argument is ListSessions list)
        {
            context.Request.SetArgument(0, list with { Limit = Math.Min(list.Limit, PageSize) });
        }
        else if (Is<ILifecycleFeedGrain>(context, nameof(ILifecycleFeedGrain.Read)) && EventFailure is { } failure)
        {
            throw failure;
        }
        else if (Is<ISessionOperationGrain>(context, nameof(ISessionOperationGrain.WaitForChange)))
        {
            followed?.Invoke();
        }

        await context.Invoke();
        context.Result = Alter(context.Result);
    }

    private static bool Is<TGrain>(IIncomingGrainCallContext context, string method) =>
        context.InterfaceMethod.DeclaringType == typeof(TGrain) && context.MethodName == method;

    private async Task<SessionError?> RefusalOfAsync(SessionCommand command)
    {
        // What operations tell sessions has their id as its reason.
        if (held is { } wait && command.Reason?.StartsWith("o-", StringComparison.Ordinal) == true)
        {
            await wait.Task;
            return new SessionError { Code = SessionErrorCode.Unavailable, Message = "It was held until the end of the test." };
        }

        return Refuse(command);
    }
}
