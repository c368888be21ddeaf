namespace Sessions.Client;

public sealed partial class SessionHandle
{
    /// <summary>
    /// Opens a child session, which may do and use what this one gives up for it, and is closed when this one ends. Safe to repeat under
    /// the same <see cref="OpenChildOptions.Id"/> while the child is open.
    /// </summary>
    /// <returns>The child, to be activated.</returns>
    /// <exception cref="InvalidConfigurationException">Something stated is not well-formed, or beyond what this session may do; all faults are listed.</exception>
    /// <exception cref="QuotaExceededException">Not that much is left to be moved, or there are too many children, or they nest too deep.</exception>
    /// <exception cref="TemplateNotFoundException">There is no such template.</exception>
    /// <exception cref="CommandConflictException">The id stands for another session.</exception>
    /// <exception cref="SessionExpiredException">This session's time is up.</exception>
    /// <exception cref="CreationFailedException">The child's provisioner could not create it.</exception>
    public async Task<SessionHandle> OpenChildAsync(OpenChildOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new OpenChildOptions();
        var bare = new OpenChildSession { Child = options.Id ?? SessionId.New(), Specification = options.Specification };
        var command = bare with
        {
            CommandId = options.CommandId ?? client.NewCommandId(),
            Actor = options.Actor ?? client.Options.Actor,
            Reason = options.Reason,
            ExpectedVersion = options.ExpectedVersion,
            SeenVersion = LastSeenVersion,
        };
        Preflight.Check(Id, command);
        var reply = await client.Caller.CallAsync(
            CallSubject.Of(Id, command),
            () => client.Grains.Family(Id).OpenChild(command),
            static reply => reply.Refusal,
            cancellationToken);
        if (reply is not { Child: { } opened, Parent: { } parent })
        {
            throw new SessionException(new SessionError
            {
                Code = SessionErrorCode.Internal,
                SessionId = Id,
                Verb = command.Verb,
                Message = "The silo answered OpenChild with neither a session nor a refusal.",
            });
        }

        See(parent);
        var child = client.Get(command.Child);
        var snapshot = child.See(opened);
        if (options.WaitForProvisioning)
        {
            snapshot = await child.WaitUntilSettledAsync(snapshot, cancellationToken);
        }

        return FailureOf(SessionVerb.Create, snapshot) is { } failure ? throw SessionException.From(failure) : child;
    }

    async Task<ISessionHandle> ISessionHandle.OpenChildAsync(OpenChildOptions? options, CancellationToken cancellationToken) =>
        await OpenChildAsync(options, cancellationToken);
}
