using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Grains;
using Sessions.Hosting;
using Sessions.Storage;
using Sessions.Storage.Memory;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>Two silos over one store that can fail, with policies that tests state, and a clock of the sessions' own that tests move.</summary>
public sealed class SharingFixture : IAsyncLifetime
{
    private ServiceProvider? outside;

    public ManualTimeProvider Clock { get; } = new();

    public FaultyStore Store { get; } = new(new MemorySessionStore());

    internal StatedPolicies Policies { get; } = new();

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddKeyedSingleton<TimeProvider>(SessionsServices.Clock, Clock);
            silo.Services.AddSingleton<ISessionStore>(Store);
            silo.Services.AddSingleton<IPolicyBook>(Policies);
            silo.Services.AddCoHostedSessionsClient(options => options.Actor = Principal.Parse("co-hosted"));
            silo.AddSessions(options => options.SweepInterval = TimeSpan.FromMilliseconds(50));
        });
        Cluster = builder.Build();
        await Cluster.DeployAsync();
        outside = Clients.Over(Cluster.Client);
        await outside.GetRequiredService<SessionsClient>().ConnectAsync();
    }

    public SessionsClient At(Seat seat) => seat == Seat.Outside
        ? outside!.GetRequiredService<SessionsClient>()
        : Cluster.GetSiloServiceProvider(Cluster.Silos[seat == Seat.First ? 0 : 1].SiloAddress).GetRequiredService<SessionsClient>();

    public async Task DisposeAsync()
    {
        if (outside is not null)
        {
            await outside.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }
}

/// <summary>Policies as tests state them, of a namespace and all below it; where none is stated, nobody may anything.</summary>
internal sealed class StatedPolicies : IPolicyBook
{
    private readonly ConcurrentDictionary<SessionNamespace, ImmutableArray<DataRule>?> stated = new();

    public long Revision => 0;

    /// <summary>States the rules of one namespace; null for what the silo cannot know.</summary>
    public void State(string @namespace, ImmutableArray<DataRule>? rules) => stated[SessionNamespace.Parse(@namespace)] = rules;

    public EffectivePolicy? Of(SessionNamespace @namespace)
    {
        var path = stated.Where(policy => policy.Key.Contains(@namespace)).OrderBy(policy => policy.Key.ToString().Length).ToList();
        return path.Exists(policy => policy.Value is null)
            ? null
            : new() { Namespace = @namespace, DataRules = [.. path.Select(policy => new DataRuleSet(policy.Key, policy.Value!.Value))] };
    }
}
