using Microsoft.Extensions.Time.Testing;
using Orleans.Hosting;
using Sessions.Client;
using Sessions.Grains.Hosting;

namespace Sessions.Testing;

/// <summary>How a <see cref="SessionsTestCluster"/> is made.</summary>
public sealed class SessionsTestClusterOptions
{
    /// <summary>How many silos. 1 to 16, default 1.</summary>
    public int Silos { get; set; } = 1;

    /// <summary>The clock of the sessions; give it one that the service under test has too, and both live by it. Default: one of 2030.</summary>
    public FakeTimeProvider Time { get; set; } = TestDefaults.NewTime();

    /// <summary>
    /// Whether sessions live by the machine's clock, for tests of what really takes time. <see cref="SessionsTestHost.Time"/> then moves
    /// nothing. Default: no.
    /// </summary>
    public bool UseSystemTime { get; set; }

    /// <summary>Changes the settings of sessions on every silo: ceilings of namespaces, deadlines, how long a lease lasts.</summary>
    public Action<SessionsOptions> ConfigureSessions { get; set; } = static _ => { };

    /// <summary>
    /// Configures every silo before sessions are added to it: a store, provisioners, grain call filters, services of the grains under test.
    /// Without another store all silos share one in memory.
    /// </summary>
    public Action<ISiloBuilder> ConfigureSilo { get; set; } = static _ => { };

    /// <summary>Configures the Orleans client outside the cluster, for example with stream providers.</summary>
    public Action<IClientBuilder> ConfigureOrleansClient { get; set; } = static _ => { };

    /// <summary>Changes the settings of the sessions clients, outside and in the silos. Default: those of a client, with the actor <c>test</c>.</summary>
    public Action<SessionsClientOptions> ConfigureClient { get; set; } = static _ => { };
}
