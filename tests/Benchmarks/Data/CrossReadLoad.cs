using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Data;

/// <summary>Reads values of a kibibyte through the gateway: other sessions', or those of grains that only hold one.</summary>
internal sealed class CrossReadLoad(string gateway) : IWorker
{
    public const int Callers = 100;

    /// <summary>The turn that reads across sessions.</summary>
    public const string Across = "across";

    /// <summary>The turn that reads from <see cref="IPlainReadGrain"/>.</summary>
    public const string Plain = "plain";

    public static readonly DataRule Everybody = new()
    {
        Name = "everybody",
        Effect = RuleEffect.Allow,
        Who = DataSubject.Parse("**"),
        Operations = DataOperations.All,
    };

    private const int Pairs = 100;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    private static readonly DataKey Key = DataKey.Parse("scores/1");
    private static readonly byte[] Value = new byte[1024];

    private readonly BenchSessions sessions = new(gateway);
    private IPlainReadGrain[] plain = [];
    private (ISessionDataGrain Caller, SessionId Owner, DataRequest Request)[] pairs = [];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        await sessions.Client.SetPolicyAsync(SessionNamespace.Parse("bench"), new() { DataRules = [Everybody] }, new() { ApplyNow = true });
        var grains = sessions.Services.GetRequiredService<IGrainFactory>();
        plain = [.. Enumerable.Range(0, Pairs).Select(_ => grains.GetGrain<IPlainReadGrain>(SessionId.New().ToString()))];
        foreach (var grain in plain)
        {
            await grain.Put(new DataValue { Key = Key, Version = 1, Value = [.. Value] });
        }

        pairs = new (ISessionDataGrain, SessionId, DataRequest)[Pairs];
        for (var n = 0; n < Pairs; n++)
        {
            var options = BenchSessions.Creation(new() { Permissions = SessionPermissions.All, DataRules = [Everybody] });
            var (caller, owner) = (await sessions.Client.CreateAsync(options), await sessions.Client.CreateAsync(options));
            var snapshot = await caller.ActivateAsync();
            await owner.Data.PutAsync(Key, Value);
            pairs[n] = (grains.GetSessionData(caller.Id), owner.Id, new DataRequest
            {
                Verb = DataVerb.Get,
                Key = Key,
                Actor = Principal.Parse("bench"),
                SeenVersion = snapshot.Version,
                SeenDataVersion = 1,
            });
        }
    }

    public Task<TurnResult> TurnAsync(string turn) => turn == Across
        ? CallLoop.RunAsync(Callers, Duration, async n =>
        {
            var (caller, owner, request) = pairs[n % Pairs];
            Check(await caller.Reach(owner, request));
        })
        : CallLoop.RunAsync(Callers, Duration, async n => Check(await plain[n % Pairs].Read(pairs[n % Pairs].Owner, pairs[n % Pairs].Request)));

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    // Otherwise a fast refusal would pass for a fast read.
    private static void Check(DataReply reply)
    {
        if (reply.Value?.Value.Length != Value.Length)
        {
            throw new InvalidOperationException($"Not the value: {reply.Refusal}");
        }
    }
}
