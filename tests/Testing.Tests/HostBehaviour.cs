using System.Text;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Testing.Tests;

/// <summary>What every host of sessions for tests does. Each test lives in a namespace of its own, because some hosts are shared.</summary>
public abstract class HostBehaviour
{
    private static int namespaces;

    protected static readonly FunctionName Score = FunctionName.Parse("eval.score");

    /// <summary>The host under test.</summary>
    protected abstract SessionsTestHost Host { get; }

    protected ISessionsClient Client => Host.Client;

    protected SessionNamespace Namespace { get; } = SessionNamespace.Parse($"t{Interlocked.Increment(ref namespaces)}/eval");

    [Fact]
    public async Task Session_LivedThrough_LogHasEveryStepInOrder()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        await session.PauseAsync();
        await session.ResumeAsync();
        await session.RenewAsync(TimeSpan.FromMinutes(5));
        await session.CloseAsync(new() { Reason = "done" });

        var history = await session.GetHistoryAsync().ToArrayAsync();
        Assert.Equal(
            [
                SessionEventType.SessionCreated, SessionEventType.SessionActivated,
                SessionEventType.SessionPaused, SessionEventType.SessionResumed, SessionEventType.SessionRenewed, SessionEventType.SessionClosing,
                SessionEventType.SessionClosed,
            ],
            history.Select(e => e.Type));
        Assert.Equal(Enumerable.Range(1, history.Length).Select(n => (long)n), history.Select(e => e.Sequence));
        Assert.Equal("done", history[^1].Cause.Reason);
    }

    [Fact]
    public async Task ExpiryReached_Advance_SessionHasEndedByItself()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);

        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));

        var expired = await Host.WaitForEventAsync(session.Id, SessionEventType.SessionExpired);
        var ended = await session.GetAsync();
        Assert.Equal((SessionStatus.Closed, EndReason.Expired), (ended.Status, ended.EndReason));
        Assert.Equal(session.LastSeen!.ExpiresAt, expired.ExpiresAt);
        var refused = await Assert.ThrowsAnyAsync<SessionException>(() => session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask).AsTask());
        Assert.Contains(refused.Code, new[] { SessionErrorCode.SessionExpired, SessionErrorCode.SessionNotActive });
    }

    [Fact]
    public async Task ExpiryNotReached_Advance_SessionStaysActive()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);

        await Host.AdvanceAsync(TimeSpan.FromMinutes(9));

        Assert.Equal(SessionStatus.Active, (await session.GetAsync()).Status);
        Assert.Equal(4, await session.ExecuteAsync(Score, static _ => new ValueTask<int>(4)));
    }

    [Fact]
    public async Task ExecutionRuns_ExpiryPasses_ItIsCancelledBecauseOfThat()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { MaxDuration = TimeSpan.FromMinutes(1) });
        var running = await Running.StartAsync(session, Score);

        await Host.AdvanceAsync(TimeSpan.FromSeconds(55));
        Assert.False(running.IsCancelled);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(6));

        await Assert.ThrowsAsync<SessionExpiredException>(() => running.Ended);
        Assert.Equal(CancellationCause.Expired, running.Cause);
    }

    [Fact]
    public async Task SessionPaused_ExecutionRuns_ItIsCancelled()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        var running = await Running.StartAsync(session, Score);

        await session.PauseAsync();

        await Assert.ThrowsAsync<SessionNotActiveException>(() => running.Ended);
    }

    [Fact]
    public async Task IdleTimeoutReached_Advance_SessionHasEnded()
    {
        var idle = SessionConfiguration.Default with { Settings = SessionSettings.Default with { IdleTimeout = TimeSpan.FromMinutes(5) } };
        var session = await ActiveAsync(idle);

        await Host.AdvanceAsync(TimeSpan.FromMinutes(6));

        var ended = await Host.WaitForStatusAsync(session.Id, SessionStatus.Closed);
        Assert.Equal(EndReason.Idle, ended.EndReason);
    }

    [Fact]
    public async Task NoticeDue_Advance_EventSaysThatItExpires()
    {
        var session = await ActiveAsync(
            SampleConfigurations.Minimal with { Settings = SessionSettings.Default with { ExpiryNotice = TimeSpan.FromMinutes(2) } });

        await Host.AdvanceAsync(TimeSpan.FromMinutes(8.5));

        var notice = await Host.WaitForEventAsync(session.Id, SessionEventType.SessionExpiring);
        Assert.Equal(SessionStatus.Active, notice.Status);
    }

    [Fact]
    public async Task DeadlineOfReservationPassed_Advance_ItIsCancelled()
    {
        var reserved = await Client.RequestAsync(new()
        {
            Namespace = Namespace,
            Creator = Principal.Parse("alice"),
            Deadline = TimeSpan.FromMinutes(1),
        });

        await Host.AdvanceAsync(TimeSpan.FromMinutes(2));

        var ended = await Host.WaitForStatusAsync(reserved.Id, SessionStatus.Cancelled);
        Assert.Equal(EndReason.DeadlinePassed, ended.EndReason);
    }

    [Fact]
    public async Task RetentionPassed_Advance_SessionIsForgotten()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        await session.CloseAsync();

        await Host.AdvanceAsync(TimeSpan.FromDays(8));

        await Assert.ThrowsAsync<SessionNotFoundException>(() => Client.Get(session.Id).GetAsync());
    }

    [Fact]
    public async Task FunctionOutsidePatterns_Execute_PermissionDenied()
    {
        var session = await ActiveAsync(SampleConfigurations.Evaluation);

        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);
        var refused = await Assert.ThrowsAsync<PermissionDeniedException>(
            () => session.ExecuteAsync(FunctionName.Parse("shell.run"), static _ => ValueTask.CompletedTask).AsTask());
        Assert.Equal(session.Id, refused.SessionId);
    }

    [Fact]
    public async Task NotActivated_Execute_SessionNotActive()
    {
        var session = await CreateAsync(SampleConfigurations.Minimal);

        var refused = await Assert.ThrowsAsync<SessionNotActiveException>(
            () => session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask).AsTask());
        Assert.Equal(SessionStatus.Created, refused.Status);
    }

    [Fact]
    public async Task TotalQuotaUsedUp_Execute_RefusalSaysHowMuch()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { Executions = 2 } });
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(
            () => session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask).AsTask());
        Assert.Equal(("executions", 2L, 2L), (refused.Dimension, refused.Limit, refused.Used));
        await session.CloseAsync();
        Assert.Equal(2, session.LastSeen!.Usage.Succeeded);
    }

    [Fact]
    public async Task ConcurrentQuotaTaken_Execute_RefusedUntilOneEnds()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { Concurrent = 1 } });
        var first = await session.AdmitAsync(Score);

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(() => session.AdmitAsync(Score).AsTask());
        first.Settle();
        var second = await session.AdmitAsync(Score);
        second.Settle();

        Assert.Equal("concurrent", refused.Dimension);
    }

    [Fact]
    public async Task RateUsedUp_ASecondLater_ThereIsMore()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { PerSecond = 2 } });
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(
            () => session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask).AsTask());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);

        Assert.Equal("perSecond", refused.Dimension);
        Assert.NotNull(refused.RetryAfter);
    }

    [Fact]
    public async Task ComputeTimeUsedUp_ExecutionRuns_ItIsCancelledBecauseOfThat()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { ComputeTime = TimeSpan.FromSeconds(10) } });
        var running = await Running.StartAsync(session, Score);

        await Host.AdvanceAsync(TimeSpan.FromSeconds(15));

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(() => running.Ended);
        Assert.Equal((CancellationCause.ComputeTime, "computeTime"), (running.Cause, refused.Dimension));
    }

    [Fact]
    public async Task Data_WrittenAndRead_IsThereUntilTheQuotaIsUsedUp()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { DataBytes = 64 } });
        var key = DataKey.Parse("answer");
        await session.Data.PutAsync(key, "forty-two"u8.ToArray());

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(
            () => session.Data.PutAsync(DataKey.Parse("more"), new byte[100]).AsTask());
        var read = await session.Data.GetAsync(key);

        Assert.Equal("forty-two", Encoding.UTF8.GetString([.. read!.Value]));
        Assert.Equal("dataBytes", refused.Dimension);
    }

    [Fact]
    public async Task DataOfAnother_ReachedFor_RulesDecide()
    {
        var owner = await ActiveAsync(SampleConfigurations.Minimal with { Permissions = SessionPermissions.All });
        var reader = await ActiveAsync(SampleConfigurations.Minimal with { Permissions = SessionPermissions.All });
        var key = DataKey.Parse("answer");
        await owner.Data.PutAsync(key, "42"u8.ToArray());
        ValueTask<DataValue?> ReadAsync() => reader.ExecuteAsync(Score, context => context.Session(owner.Id).GetAsync(key));

        await Assert.ThrowsAsync<PermissionDeniedException>(() => ReadAsync().AsTask());
        await owner.AdjustAsync(new()
        {
            DataRules = [new() { Name = "share", Effect = RuleEffect.Allow, Who = DataSubject.Of(reader.Id), Operations = DataOperations.Read }],
        });
        await Client.SetPolicyAsync(
            Namespace,
            new() { DataRules = [new() { Name = "open", Effect = RuleEffect.Allow, Who = DataSubject.Of(Namespace), Operations = DataOperations.Read }] },
            new() { ApplyNow = true });

        Assert.Equal("42", Encoding.UTF8.GetString([.. (await ReadAsync())!.Value]));
        await Host.WaitForEventAsync(owner.Id, SessionEventType.DataShared);
        await Host.WaitForEventAsync(reader.Id, SessionEventType.DataReached);
    }

    [Fact]
    public async Task Children_MoreThanTheQuota_RefusedAndClosedWithTheParent()
    {
        var parent = await ActiveAsync(SampleConfigurations.Minimal with { Quotas = new() { Executions = 10, Children = 1 } });
        var share = new OpenChildOptions { Overrides = new() { Quotas = new() { Executions = 4, Children = 0 } } };
        var child = await parent.OpenChildAsync(share);

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(() => parent.OpenChildAsync(share));
        await child.ActivateAsync();
        await parent.CloseAsync();

        Assert.Equal("children", refused.Dimension);
        await Host.WaitForStatusAsync(child.Id, SessionStatus.Closed);
        await Host.WaitForStatusAsync(parent.Id, SessionStatus.Closed);
    }

    [Fact]
    public async Task CommandRepeatedUnderItsId_DoneOnce()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        var renewal = new RenewSessionOptions { By = TimeSpan.FromMinutes(5), CommandId = CommandId.New() };

        var first = await session.RenewAsync(renewal);
        var second = await session.RenewAsync(renewal);
        await Assert.ThrowsAsync<CommandConflictException>(() => session.RenewAsync(renewal with { By = TimeSpan.FromMinutes(6) }));

        Assert.Equal((first.Version, first.ExpiresAt), (second.Version, second.ExpiresAt));
    }

    [Fact]
    public async Task IllegalCommand_Refusal_NamesWhatIsLegal()
    {
        var session = await CreateAsync(SampleConfigurations.Minimal);

        var refused = await Assert.ThrowsAsync<InvalidTransitionException>(() => session.ResumeAsync());

        Assert.Equal((SessionStatus.Created, SessionVerb.Resume), (refused.Status, refused.Verb));
        Assert.Contains(SessionVerb.Activate, refused.Legal);
    }

    [Fact]
    public async Task OtherVersionExpected_Refused()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);

        var refused = await Assert.ThrowsAsync<VersionConflictException>(() => session.PauseAsync(new() { ExpectedVersion = 1 }));

        Assert.Equal((1L, session.LastSeenVersion), (refused.Expected, refused.Actual));
    }

    [Fact]
    public async Task BeyondThePolicysCeiling_Create_FaultsAreListed()
    {
        await Client.SetPolicyAsync(Namespace, new() { Ceiling = SessionCeiling.None with { MaxDuration = TimeSpan.FromMinutes(5) } }, new() { ApplyNow = true });

        var refused = await Assert.ThrowsAnyAsync<SessionException>(() => CreateAsync(SampleConfigurations.Minimal));

        Assert.Contains(refused.Code, new[] { SessionErrorCode.InvalidConfiguration, SessionErrorCode.PolicyViolation });
        Assert.Contains("00:05:00", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyNarrowed_RunningSession_IsBound()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);

        var set = await Client.SetPolicyAsync(
            Namespace, new() { Ceiling = SessionCeiling.None with { Permissions = SessionPermissions.ComposeFunctions } }, new() { ApplyNow = true });

        Assert.Equal((1L, 0L, 0), (set.Reach!.Sessions, set.Reach.Missed, set.Reach.MissedSilos));
        await Assert.ThrowsAsync<PolicyViolationException>(() => session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask).AsTask());
    }

    [Fact]
    public async Task LiveLimitReached_AnotherWaits_ItIsActivatedWhenOneEnds()
    {
        await Client.SetPolicyAsync(
            Namespace, new() { MaxLiveSessions = 1, Queue = new AdmissionQueue(5, TimeSpan.FromHours(1)) }, new() { ApplyNow = true });
        var first = await ActiveAsync(SampleConfigurations.Minimal);
        var second = await CreateAsync(SampleConfigurations.Minimal);

        await Assert.ThrowsAsync<PolicyViolationException>(() => second.ActivateAsync());
        var waiting = second.ActivateAsync(new() { WaitForPlace = TimeSpan.FromMinutes(30) });
        await Eventually.TrueAsync(
            async () => (await Client.GetEffectivePolicyAsync(Namespace)).Live is [.., { Waiting: 1 }], "a session waits for a place");
        await first.CloseAsync();

        Assert.Equal(SessionStatus.Active, (await waiting).Status);
    }

    [Fact]
    public async Task Templates_Set_SessionsAreMadeFromThem()
    {
        await SampleTemplates.SetAsync(Client);

        var session = await Client.CreateAsync(new() { Namespace = Namespace, Creator = Principal.Parse("alice"), Template = SampleTemplates.Evaluation });
        await Assert.ThrowsAsync<TemplateNotFoundException>(() => Client.GetTemplateAsync(TemplateReference.Parse("none")));

        Assert.Equal(1_000, session.LastSeen!.Configuration.Quotas.Executions);
        Assert.Equal("evaluation", session.LastSeen.Configuration.Labels["kind"]);
        Assert.Superset(new HashSet<string> { "minimal", "notebook", "evaluation" }, (await Client.ListTemplatesAsync()).Select(template => template.Name).ToHashSet());
    }

    [Fact]
    public async Task Sessions_ListedAndCounted_TheNamespacesOwn()
    {
        var one = await ActiveAsync(SampleConfigurations.Minimal);
        var other = await CreateAsync(SampleConfigurations.Minimal);
        var query = SessionQuery.All with { Namespace = Namespace };

        var listed = await Client.ListAsync(query, SessionOrder.OldestFirst).Select(session => session.Id).ToHashSetAsync();
        var counted = await Client.CountAsync(query);

        Assert.Equal([one.Id, other.Id], listed);
        Assert.Equal((1L, 1L), (counted[SessionStatus.Active], counted[SessionStatus.Created]));
    }

    [Fact]
    public async Task OperationOverAll_Started_EndsWithAllClosed()
    {
        var sessions = new[] { await ActiveAsync(SampleConfigurations.Minimal), await CreateAsync(SampleConfigurations.Minimal) };
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        var operation = await Client.CloseAllAsync(SessionQuery.All with { Namespace = Namespace });
        var done = await operation.WaitAsync();

        Assert.True(done.IsFinal);
        foreach (var session in sessions)
        {
            Assert.Equal(SessionStatus.Closed, (await session.GetAsync()).Status);
        }
    }

    [Fact]
    public async Task NamespaceWatched_SessionLives_EventsComeAsTheyHappen()
    {
        using var patience = new CancellationTokenSource(SessionsTestHost.DefaultTimeout, TimeProvider.System);
        var seen = new List<SessionEventType>();
        var watching = Task.Run(async () =>
        {
            await foreach (var logged in Client.WatchAsync(Namespace, null, patience.Token))
            {
                seen.Add(logged.Event.Type);
                if (logged.Event.Type == SessionEventType.SessionClosed)
                {
                    return;
                }
            }
        });

        var session = await ActiveAsync(SampleConfigurations.Minimal);
        await session.CloseAsync();
        await watching;

        Assert.Equal(
            [SessionEventType.SessionCreated, SessionEventType.SessionActivated, SessionEventType.SessionClosing, SessionEventType.SessionClosed], seen);
    }

    [Fact]
    public async Task Subscription_OpenedAgain_GoesOnAfterTheCheckpoint()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        var name = SubscriptionName.Parse("billing");
        var first = await Client.SubscribeAsync(name, Namespace, new() { From = EventCursor.Start });
        var read = await first.ReadAsync().FirstAsync();
        await first.CheckpointAsync(read.Cursor);

        var again = await Client.SubscribeAsync(name, Namespace, new() { From = EventCursor.Start });
        var next = await again.ReadAsync().FirstAsync();

        Assert.Equal((session.Id, 1L, 2L), (next.Event.SessionId, read.Event.Sequence, next.Event.Sequence));
    }

    [Fact]
    public async Task ExecutionLogging_Executed_LogHasIt()
    {
        var session = await ActiveAsync(SampleConfigurations.Evaluation);
        await session.ExecuteAsync(Score, static _ => ValueTask.CompletedTask);
        await Assert.ThrowsAsync<FormatException>(() => session.ExecuteAsync(Score, static _ => throw new FormatException("no number")).AsTask());
        await session.CloseAsync();

        var log = await session.GetExecutionsAsync().ToArrayAsync();
        Assert.Equal([ExecutionOutcome.Succeeded, ExecutionOutcome.Failed], log.Select(execution => execution.Outcome));
        Assert.All(log, execution => Assert.Equal(Score, execution.Function));
    }

    [Fact]
    public async Task EventDoesNotCome_Wait_SaysWhatHasHappened()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);

        var late = await Assert.ThrowsAsync<TimeoutException>(
            () => Host.WaitForEventAsync(session.Id, SessionEventType.SessionPaused, TimeSpan.FromMilliseconds(200)));

        Assert.Contains(nameof(SessionEventType.SessionActivated), late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SessionEndedInAnotherState_WaitForStatus_SaysWhich()
    {
        var session = await ActiveAsync(SampleConfigurations.Minimal);
        await session.CloseAsync();

        var missed = await Assert.ThrowsAsync<TimeoutException>(() => Host.WaitForStatusAsync(session.Id, SessionStatus.Paused));

        Assert.Contains(nameof(SessionStatus.Closed), missed.Message, StringComparison.Ordinal);
    }

    protected Task<ISessionHandle> CreateAsync(SessionConfiguration configuration) => Client.CreateAsync(new()
    {
        Namespace = Namespace,
        Creator = Principal.Parse("alice"),
        Overrides = SessionOverrides.From(configuration),
    });

    protected async Task<ISessionHandle> ActiveAsync(SessionConfiguration configuration)
    {
        var session = await CreateAsync(configuration);
        await session.ActivateAsync();
        return session;
    }
}
