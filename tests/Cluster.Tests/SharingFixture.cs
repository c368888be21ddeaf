using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;
using Sessions.Client;
using Sessions.Core.Sweeping;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>Two silos over one store that can fail, with policies that tests state, and a clock of the sessions' own that tests move.</summary>
public sealed class SharingFixture : IAsyncLifetime
{
    private ServiceProvider? outside;

    public ManualTimeProvider Clock { get; } = new();

    internal FaultyStorage Store { get; } = new(MemoryStorage.Create());

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddKeyedSingleton<TimeProvider>(SessionsServices.Clock, Clock);
            silo.AddSessionStorage(_ => Store.Ports);
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

    /// <summary>States what a namespace's policy says about data, and returns when every silo goes by it.</summary>
    public async Task StateAsync(string @namespace, params DataRule[] rules)
    {
        var set = await At(Seat.Outside).SetPolicyAsync(
            SessionNamespace.Parse(@namespace), new() { DataRules = [.. rules] }, new() { ApplyNow = true });
        Assert.Equal((0L, 0), (set.Reach!.Missed, set.Reach.MissedSilos));
    }

    public async Task DisposeAsync()
    {
        if (outside is not null)
        {
            await outside.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }
}
