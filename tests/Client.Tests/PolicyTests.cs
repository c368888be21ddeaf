namespace Sessions.Client.Tests;

public class PolicyTests
{
    private static readonly SessionNamespace Prod = SessionNamespace.Parse("acme/prod");

    [Fact]
    public async Task Policy_set_Is_sent_with_who_and_why_and_answered_with_its_reach()
    {
        var grain = new PolicyGrain();
        using var client = new TestClient(new ScriptedGrain(), options => options.Actor = Principal.Parse("tester")) { PolicyGrain = grain };

        var setting = await client.Client.SetPolicyAsync(
            Prod, new() { MaxLiveSessions = 3 }, new() { Reason = "why", ExpectedVersion = 4, ApplyNow = true });

        Assert.Equal((3L, "why", 4L, true), (grain.Sent!.Definition.MaxLiveSessions, grain.Sent.Reason, grain.Sent.ExpectedVersion, grain.Sent.ApplyNow));
        Assert.Equal(Principal.Parse("tester"), grain.Sent.Actor);
        Assert.Equal((5L, 9L), (setting.Policy.Version, setting.Reach!.Sessions));
    }

    [Fact]
    public async Task What_is_not_well_formed_Is_refused_before_it_is_sent()
    {
        var grain = new PolicyGrain();
        using var client = new TestClient(new ScriptedGrain()) { PolicyGrain = grain };

        var fault = await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Client.SetPolicyAsync(
            Prod, new() { MaxLiveSessions = -1, Extends = [SessionNamespace.Parse("other")] }, new() { Reason = "a\0" }));
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => client.Client.GetPolicyAsync(default));

        Assert.Equal(["extends[0]", "maxLiveSessions", "reason"], fault.Faults.Select(one => one.Field).Order());
        Assert.Null(grain.Sent);
    }

    [Fact]
    public async Task Refusals_Are_thrown_as_what_they_are()
    {
        var grain = new PolicyGrain { Refusal = new() { Code = SessionErrorCode.VersionConflict, ExpectedVersion = 1, ActualVersion = 2, Message = "no" } };
        using var client = new TestClient(new ScriptedGrain()) { PolicyGrain = grain };

        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() => client.Client.SetPolicyAsync(Prod, PolicyDefinition.None));

        Assert.Equal((1L, 2L), (conflict.Expected, conflict.Actual));
    }

    [Fact]
    public async Task History_Is_asked_for_page_by_page_as_it_is_read()
    {
        var grain = new PolicyGrain { Versions = 250 };
        using var client = new TestClient(new ScriptedGrain()) { PolicyGrain = grain };

        var read = new List<long>();
        await foreach (var policy in client.Client.GetPolicyHistoryAsync(Prod))
        {
            read.Add(policy.Version);
        }

        Assert.Equal(Enumerable.Range(1, 250).Reverse().Select(n => (long)n), read);
        Assert.Equal(3, grain.Pages);
    }

    [Fact]
    public async Task Data_access_Is_explained_for_whom_it_was_asked_and_not_asked_when_malformed()
    {
        var grain = new PolicyGrain();
        using var client = new TestClient(new ScriptedGrain()) { PolicyGrain = grain };
        var (caller, home) = (SessionId.New(), SessionNamespace.Parse("acme/dev"));

        var fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => client.Client.ExplainDataAsync(Prod, default, default, DataOperations.All, "a\0"));
        Assert.Null(grain.Asked);
        var explanation = await client.Client.ExplainDataAsync(Prod, caller, home, DataOperations.Write, "a");

        Assert.Equal(["caller", "callerNamespace", "key", "operation"], fault.Faults.Select(one => one.Field).Order());
        Assert.Equal((caller, home, new DataAccessRequest { Operation = DataOperations.Write, Key = "a" }), grain.Asked);
        Assert.Equal("no rule allows it", explanation.Deciding!.Rule);
    }

    private sealed class PolicyGrain : IIsolationPolicyGrain
    {
        public SetPolicy? Sent { get; private set; }

        public SessionError? Refusal { get; init; }

        public int Versions { get; init; }

        public int Pages { get; private set; }

        public (SessionId Caller, SessionNamespace Namespace, DataAccessRequest Request)? Asked { get; private set; }

        public ValueTask<PolicyReply> Set(SetPolicy request)
        {
            Sent = request;
            return new(new PolicyReply
            {
                Policy = Refusal is null ? new() { Namespace = Prod, Version = 5, Definition = request.Definition } : null,
                Refusal = Refusal,
                Reach = new() { Sessions = 9 },
            });
        }

        public ValueTask<PolicyReply> Get() => new(new PolicyReply());

        public ValueTask<PolicyHistory> GetHistory(long? beforeVersion, int limit)
        {
            Pages++;
            var newest = (beforeVersion ?? Versions + 1) - 1;
            return new(new PolicyHistory
            {
                Policies = [.. Enumerable.Range(0, (int)Math.Min(limit, newest)).Select(n => new NamespacePolicy { Namespace = Prod, Version = newest - n })],
            });
        }

        public ValueTask<EffectivePolicyReply> GetEffective() => new(new EffectivePolicyReply());

        public ValueTask<PolicyExplanation> Explain(SessionPermissions permissions) => new(new PolicyExplanation());

        public ValueTask<PolicyExplanation> ExplainData(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request)
        {
            Asked = (caller, callerNamespace, request);
            return new(new PolicyExplanation { Steps = [new(Prod, "no rule allows it", false)] });
        }

        public ValueTask<SessionError?> Admit(SessionId session) => new((SessionError?)null);

        public ValueTask<LiveCount> CountLive() => new(new LiveCount(Prod, null, 0));
    }
}
