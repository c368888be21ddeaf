namespace Sessions.Client.Tests;

public class RefusalTests
{
    public static TheoryData<SessionErrorCode, Type> Leaves => new()
    {
        { SessionErrorCode.SessionNotFound, typeof(SessionNotFoundException) },
        { SessionErrorCode.SessionNotActive, typeof(SessionNotActiveException) },
        { SessionErrorCode.SessionExpired, typeof(SessionExpiredException) },
        { SessionErrorCode.PermissionDenied, typeof(PermissionDeniedException) },
        { SessionErrorCode.InvalidConfiguration, typeof(InvalidConfigurationException) },
        { SessionErrorCode.CreationFailed, typeof(CreationFailedException) },
        { SessionErrorCode.ActivationFailed, typeof(ActivationFailedException) },
        { SessionErrorCode.QuotaExceeded, typeof(QuotaExceededException) },
        { SessionErrorCode.PolicyViolation, typeof(PolicyViolationException) },
        { SessionErrorCode.InvalidTransition, typeof(InvalidTransitionException) },
        { SessionErrorCode.CommandConflict, typeof(CommandConflictException) },
        { SessionErrorCode.VersionConflict, typeof(VersionConflictException) },
        { SessionErrorCode.Unauthenticated, typeof(UnauthenticatedException) },
        { SessionErrorCode.TemplateNotFound, typeof(TemplateNotFoundException) },
        { SessionErrorCode.Internal, typeof(SessionException) },
        { (SessionErrorCode)200, typeof(SessionException) },
    };

    [Theory]
    [MemberData(nameof(Leaves))]
    public async Task Refused_as_a_value_or_by_exception_The_leaf_of_the_code_is_thrown_once(SessionErrorCode code, Type leaf)
    {
        var error = new SessionError { Code = code, SessionId = TestClient.Id, Message = "no" };
        foreach (var step in new[] { Step.Refuse(error), Step.Throw(() => new SessionException(error)) })
        {
            var grain = new ScriptedGrain(step);
            using var client = new TestClient(grain);

            var thrown = await client.FailsWithAsync<SessionException>(client.Handle.PauseAsync(), leaf);

            Assert.Equal(error, thrown.Error);
            Assert.Single(grain.Commands);
        }
    }

    [Fact]
    public async Task Illegal_move_The_exception_names_state_command_and_what_is_legal()
    {
        var grain = new ScriptedGrain(Step.Refuse(new SessionError
        {
            Code = SessionErrorCode.InvalidTransition,
            Status = SessionStatus.Created,
            Verb = SessionVerb.Pause,
            Legal = [SessionVerb.Activate, SessionVerb.Close],
        }));
        using var client = new TestClient(grain);

        var thrown = await client.FailsWithAsync<InvalidTransitionException>(client.Handle.PauseAsync());

        Assert.Equal(SessionStatus.Created, thrown.Status);
        Assert.Equal(SessionVerb.Pause, thrown.Verb);
        Assert.Equal<IEnumerable<SessionVerb>>([SessionVerb.Activate, SessionVerb.Close], thrown.Legal);
    }

    [Fact]
    public async Task Wrong_in_many_ways_All_faults_are_named_and_nothing_is_sent()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Created, 1));
        using var client = new TestClient(grain);

        var thrown = await client.FailsWithAsync<InvalidConfigurationException>(client.Client.CreateAsync(TestClient.Creation with
        {
            Creator = default,
            Reason = "half a pair \ud83d",
            Overrides = new SessionOverrides
            {
                MaxDuration = TimeSpan.Zero,
                Quotas = new SessionQuotas { Concurrent = -1 },
                Permissions = (SessionPermissions)64,
                FunctionPatterns = ["a b"],
            },
        }));

        Assert.Equal(
            ["creator", "functionPatterns[0]", "maxDuration", "permissions", "quotas.concurrent", "reason"],
            thrown.Faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
        Assert.Equal(0, grain.Calls);
    }

    [Theory]
    [InlineData(0x0000)]
    [InlineData(0x0007)]
    [InlineData(0xdc00)]
    public async Task Reason_that_does_not_survive_Is_refused_without_a_call(int character)
    {
        var reason = "why " + (char)character;
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Closed, 1));
        using var client = new TestClient(grain);

        var thrown = await client.FailsWithAsync<InvalidConfigurationException>(client.Handle.CloseAsync(new() { Reason = reason }));

        Assert.Equal("reason", Assert.Single(thrown.Faults).Field);
        Assert.Equal(0, grain.Calls);
    }

    [Fact]
    public async Task Renewal_with_both_ends_or_none_Is_refused_without_a_call()
    {
        var grain = new ScriptedGrain(Step.Answer(SessionStatus.Active, 1));
        using var client = new TestClient(grain);

        await client.FailsWithAsync<InvalidConfigurationException>(client.Handle.RenewAsync(new RenewSessionOptions()));
        await client.FailsWithAsync<InvalidConfigurationException>(client.Handle.RenewAsync(
            new RenewSessionOptions { By = TimeSpan.FromHours(1), Until = client.Time.GetUtcNow() }));

        Assert.Equal(0, grain.Calls);
    }

    [Fact]
    public async Task Template_Faulty_is_refused_without_a_call_and_missing_is_its_leaf()
    {
        var missing = new TemplateReply { Refusal = new SessionError { Code = SessionErrorCode.TemplateNotFound } };
        using var client = new TestClient(new ScriptedGrain(), missing: 0) { TemplateReply = missing };
        var name = TemplateReference.Parse("notebook");
        var faulty = new TemplateDefinition { Description = "\0", Ceiling = new() { MaxDuration = TimeSpan.FromDays(400) } };

        var thrown = await client.FailsWithAsync<InvalidConfigurationException>(client.Client.SetTemplateAsync(name.At(2), faulty));
        Assert.Equal(
            ["ceiling.maxDuration", "description", "name"], thrown.Faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
        Assert.Equal(0, client.TemplateCalls);

        await client.FailsWithAsync<TemplateNotFoundException>(client.Client.GetTemplateAsync(name));
        Assert.Equal(1, client.TemplateCalls);
    }
}
