using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sessions.Client;
using Sessions.Grains.Hosting;

namespace Sessions.Testing;

/// <summary>How <see cref="InMemorySessions"/> behave.</summary>
public sealed class InMemorySessionsOptions
{
    /// <summary>The clock of the sessions; give it one that the service under test has too, and both live by it. Default: one of 2030.</summary>
    public FakeTimeProvider Time { get; set; } = TestDefaults.NewTime();

    /// <summary>
    /// Whether sessions live by the machine's clock, for services that have no other. <see cref="SessionsTestHost.Time"/> then moves nothing.
    /// Default: no.
    /// </summary>
    public bool UseSystemTime { get; set; }

    /// <summary>Changes the settings of sessions: ceilings of namespaces, deadlines, how long a lease lasts. Default: those of a silo.</summary>
    public Action<SessionsOptions> ConfigureSessions { get; set; } = static _ => { };

    /// <summary>Changes the settings of the client. Default: those of a client, with the actor <c>test</c>.</summary>
    public Action<SessionsClientOptions> ConfigureClient { get; set; } = static _ => { };

    /// <summary>Adds services beside those of sessions: provisioners (<c>ISessionProvisioner</c>), logging.</summary>
    public Action<IServiceCollection> ConfigureServices { get; set; } = static _ => { };
}
