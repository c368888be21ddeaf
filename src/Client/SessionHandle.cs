namespace Sessions.Client;

/// <summary>
/// One session as a client holds it. Thread-safe. Every answer is at least as new as any that this handle has given before.
/// Every call may throw the leaves of <see cref="SessionException"/>; beside those that a method names these are
/// <see cref="SessionNotFoundException"/>, <see cref="InvalidTransitionException"/>, <see cref="CommandConflictException"/>,
/// <see cref="VersionConflictException"/>, <see cref="InvalidConfigurationException"/>, <see cref="CommandTooOldException"/> for a command that
/// is repeated under its id after its answer was forgotten, and
/// <see cref="UnavailableException"/> when the outcome is still unknown after <see cref="SessionsClientOptions.RetryBudget"/>.
/// </summary>
public sealed partial class SessionHandle : ISessionHandle
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(20);

    private readonly SessionsClient client;
    private ISessionGrain? grain;
    private SessionSnapshot? lastSeen;

    internal SessionHandle(SessionsClient client, SessionId id) => (this.client, Id) = (client, id);

    /// <summary>Which session.</summary>
    public SessionId Id { get; }

    /// <summary>The newest snapshot that this handle has seen; null before the first answer.</summary>
    public SessionSnapshot? LastSeen
    {
        get
        {
            var seen = Volatile.Read(ref lastSeen);
            return Volatile.Read(ref gate)?.Newest is { } told && (seen is null || told.Version > seen.Version) ? told : seen;
        }
    }

    /// <summary>The version of <see cref="LastSeen"/>; 0 before the first answer.</summary>
    public long LastSeenVersion => LastSeen?.Version ?? 0;

    internal ISessionGrain Grain => grain ??= client.Grains.Session(Id);

    /// <summary>The session as it stands, never older than <see cref="LastSeen"/>.</summary>
    public Task<SessionSnapshot> GetAsync(CancellationToken cancellationToken = default) => AskAsync(
        new CallSubject("Get", Id), grain => grain.Get(LastSeenVersion), cancellationToken);

    /// <summary>Creates the session from its reservation.</summary>
    /// <exception cref="CreationFailedException">Its provisioner could not create it.</exception>
    public Task<SessionSnapshot> CreateAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default) =>
        CreateAsync(null, options, cancellationToken);

    /// <summary>Gives the reservation up.</summary>
    public Task<SessionSnapshot> CancelAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default) =>
        DoAsync(new CancelSession(), options, static (grain, command) => grain.Cancel(command), cancellationToken);

    /// <summary>Lets executions begin; with <see cref="ActivateSessionOptions.WaitForPlace"/> as soon as the namespace has room.</summary>
    /// <param name="options">Who, why, and how long to wait for a place.</param>
    /// <param name="cancellationToken">Stops waiting, and leaves the line; what was sent may still be done.</param>
    /// <exception cref="ActivationFailedException">Its provisioner could not activate it.</exception>
    /// <exception cref="SessionExpiredException">Its time is up.</exception>
    /// <exception cref="PolicyViolationException">The namespace has as many live sessions as it may, and no place came free in time.</exception>
    public async Task<SessionSnapshot> ActivateAsync(ActivateSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ActivateSessionOptions();
        if (!options.CloseIfNotActivated)
        {
            return await TryActivateAsync(options, cancellationToken);
        }

        try
        {
            return await TryActivateAsync(options, cancellationToken);
        }
        catch (SessionException refused)
        {
            throw SessionException.From(await CloseNotActivatedAsync(options, refused.Error), refused);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await CloseNotActivatedAsync(options, new SessionError { Code = SessionErrorCode.Unavailable, Message = "Cancelled." });
            throw;
        }
    }

    private async Task<SessionSnapshot> TryActivateAsync(ActivateSessionOptions options, CancellationToken cancellationToken)
    {
        if (options.WaitForPlace is not { } wait)
        {
            return await DoAsync(new ActivateSession(), options, static (grain, command) => grain.Activate(command), cancellationToken);
        }

        // One command for all attempts: whichever of them is done, it is done once.
        Preflight.Check(Id, wait);
        options = options with { CommandId = options.CommandId ?? client.NewCommandId() };
        try
        {
            return await DoAsync(new ActivateSession(), options, static (grain, command) => grain.Activate(command), cancellationToken);
        }
        catch (PolicyViolationException full) when (PlaceWait.CanHelp(full.Error))
        {
            var command = Complete(new ActivateSession(), options);
            var place = new PlaceWait(client, Id, command);
            var snapshot = await place.RunAsync(full.Namespace!.Value, wait, options.Progress, cancellationToken);
            return await FinishAsync(command.Verb, See(snapshot), options, cancellationToken);
        }
    }

    /// <summary>Closes a session that was not activated, by one attempt: whoever waits for the refusal is not to wait much longer.</summary>
    /// <returns>Why it was not activated, and what has become of it.</returns>
    private async Task<SessionError> CloseNotActivatedAsync(ActivateSessionOptions options, SessionError why)
    {
        try
        {
            var command = Complete(new CloseSession(), new() { Actor = options.Actor, Reason = $"It could not be activated: {why.Code}." });
            var reply = await client.Caller.CallAsync(
                CallSubject.Of(Id, command),
                () => Grain.Close(command),
                static reply => reply.Refusal is { Code: SessionErrorCode.InvalidTransition } ? null : reply.Refusal,
                new Repetition(TimeSpan.Zero, client.Options.ResponseTimeout),
                CancellationToken.None);
            var ended = reply.Snapshot is { } closed ? See(closed).Status : reply.Refusal!.Status;
            return why with
            {
                SessionId = Id,
                Status = ended,
                Message = $"{why.Message} The session {Id}, which was created to be activated, is {ended}; nothing is left of it.",
            };
        }
        catch (SessionException fault)
        {
            client.LogNotClosed(Id, fault.Message);
            return why with
            {
                SessionId = Id,
                Status = LastSeen?.Status,
                Message = $"{why.Message} The session {Id}, which was created to be activated, could not be closed and stays: {fault.Message} "
                    + "Activate it later, or close it.",
            };
        }
    }

    /// <summary>Stops executions for a while.</summary>
    public Task<SessionSnapshot> PauseAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default) =>
        DoAsync(new PauseSession(), options, static (grain, command) => grain.Pause(command), cancellationToken);

    /// <summary>Lets executions go on.</summary>
    /// <exception cref="SessionExpiredException">Its time is up.</exception>
    public Task<SessionSnapshot> ResumeAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default) =>
        DoAsync(new ResumeSession(), options, static (grain, command) => grain.Resume(command), cancellationToken);

    /// <summary>Moves the session's end.</summary>
    public Task<SessionSnapshot> RenewAsync(RenewSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var command = new RenewSession { By = options.By, Until = options.Until, AllowShortening = options.AllowShortening };
        return DoAsync(command, options, static (grain, command) => grain.Renew(command), cancellationToken);
    }

    /// <summary>Moves the session's end by <paramref name="by"/>.</summary>
    public Task<SessionSnapshot> RenewAsync(TimeSpan by, CancellationToken cancellationToken = default) =>
        RenewAsync(new RenewSessionOptions { By = by }, cancellationToken);

    /// <summary>
    /// Changes what the session may do and use. Whatever gets narrower holds everywhere when this has returned; whatever gets wider
    /// is there from the next admission on.
    /// </summary>
    public Task<SessionSnapshot> AdjustAsync(AdjustSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var command = new AdjustSession
        {
            Permissions = options.Permissions,
            FunctionPatterns = options.FunctionPatterns,
            Quotas = options.Quotas,
            DataRules = options.DataRules,
        };
        return DoAsync(command, options, static (grain, command) => grain.Adjust(command), cancellationToken);
    }

    /// <summary>Ends the session. Wins in every live state.</summary>
    public Task<SessionSnapshot> CloseAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default) =>
        DoAsync(new CloseSession(), options, static (grain, command) => grain.Close(command), cancellationToken);

    /// <summary>
    /// Waits until the session is in none of Creating, Activating and Closing, and answers as it stands then. These states end
    /// by themselves, at <see cref="SessionSnapshot.Deadline"/> at the latest.
    /// </summary>
    public async Task<SessionSnapshot> WaitUntilSettledAsync(CancellationToken cancellationToken = default) =>
        await WaitUntilSettledAsync(await GetAsync(cancellationToken), cancellationToken);

    private async Task<SessionSnapshot> WaitUntilSettledAsync(SessionSnapshot snapshot, CancellationToken cancellationToken)
    {
        while (!IsSettled(snapshot.Status))
        {
            snapshot = await AskAsync(
                new CallSubject("WaitForChange", Id), grain => grain.WaitForChange(LastSeenVersion, Patience), cancellationToken);
        }

        return snapshot;
    }

    internal Task<SessionSnapshot> CreateAsync(
        SessionSpecification? specification, SessionCommandOptions? options, CancellationToken cancellationToken) => DoAsync(
            new CreateSession { Specification = specification }, options, static (grain, command) => grain.Create(command), cancellationToken);

    internal Task<SessionSnapshot> RequestAsync(RequestSessionOptions options, CancellationToken cancellationToken) => DoAsync(
        new RequestSession { Specification = options.Specification, Deadline = options.Deadline },
        options,
        static (grain, command) => grain.Request(command),
        cancellationToken);

    // A long poll has to be answered before the call times out, or waiting would look like an unknown outcome.
    private TimeSpan Patience => client.Options.ResponseTimeout / 2 is var half && half < LongestPatience ? half : LongestPatience;

    private static bool IsSettled(SessionStatus status) =>
        status is not (SessionStatus.Creating or SessionStatus.Activating or SessionStatus.Closing);

    private async Task<SessionSnapshot> DoAsync<TCommand>(
        TCommand bare,
        SessionCommandOptions? options,
        Func<ISessionGrain, TCommand, ValueTask<SessionReply>> send,
        CancellationToken cancellationToken)
        where TCommand : SessionCommand
    {
        options ??= new SessionCommandOptions();
        var command = Complete(bare, options);
        Preflight.Check(Id, command);
        var snapshot = await AskAsync(CallSubject.Of(Id, command), grain => send(grain, command), cancellationToken);
        return await FinishAsync(command.Verb, snapshot, options, cancellationToken);
    }

    private TCommand Complete<TCommand>(TCommand bare, SessionCommandOptions options)
        where TCommand : SessionCommand => bare with
        {
            CommandId = options.CommandId ?? client.NewCommandId(),
            Actor = options.Actor ?? client.Options.Actor,
            Reason = options.Reason,
            ExpectedVersion = options.ExpectedVersion,
            SeenVersion = LastSeenVersion,
        };

    private async Task<SessionSnapshot> FinishAsync(
        SessionVerb verb, SessionSnapshot snapshot, SessionCommandOptions options, CancellationToken cancellationToken)
    {
        if (options.WaitForProvisioning)
        {
            snapshot = await WaitUntilSettledAsync(snapshot, cancellationToken);
        }

        return FailureOf(verb, snapshot) is { } failure ? throw SessionException.From(failure) : snapshot;
    }

    private async Task<SessionSnapshot> AskAsync(
        CallSubject subject, Func<ISessionGrain, ValueTask<SessionReply>> ask, CancellationToken cancellationToken)
    {
        var reply = await client.Caller.CallAsync(
            subject, () => ask(Grain), static reply => reply.Refusal, cancellationToken);
        return See(reply.Snapshot ?? throw new SessionException(new SessionError
        {
            Code = SessionErrorCode.Internal,
            SessionId = Id,
            Verb = subject.Verb,
            Message = $"The silo answered {subject.Name} with neither a session nor a refusal.",
        }));
    }

    /// <summary>Keeps the newest snapshot, whichever order answers arrive in, and gives that.</summary>
    private SessionSnapshot See(SessionSnapshot answer)
    {
        // Whoever asks for a lease must not be answered from a state before what was seen here.
        Keeper.See(answer);
        while (true)
        {
            var kept = Volatile.Read(ref lastSeen);
            var newest = LastSeen is { } seen && seen.Version > answer.Version ? seen : answer;
            if (Interlocked.CompareExchange(ref lastSeen, newest, kept) == kept)
            {
                return newest;
            }
        }
    }

    private static SessionError? FailureOf(SessionVerb verb, SessionSnapshot snapshot)
    {
        var (code, undone) = (snapshot.Status, verb, snapshot.EndReason) switch
        {
            (SessionStatus.Failed, SessionVerb.Create, EndReason.CreationFailed) => (SessionErrorCode.CreationFailed, "created"),
            (SessionStatus.Failed, SessionVerb.Activate, EndReason.ActivationFailed) => (SessionErrorCode.ActivationFailed, "activated"),
            _ => default,
        };
        return code == default ? null : new SessionError
        {
            Code = code,
            SessionId = snapshot.Id,
            Status = snapshot.Status,
            Verb = verb,
            ActualVersion = snapshot.Version,
            Message = $"The session could not be {undone}: {snapshot.Failure ?? "its provisioner gave no reason."}",
        };
    }
}
