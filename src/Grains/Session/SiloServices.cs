using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Isolation;
using Sessions.Grains.Ownership;
using Sessions.Grains.Provisioning;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>
/// What a session's grain needs of its silo. One object for all of them: a silo keeps hundreds of thousands of sessions, and each would look
/// up, and hold on to, every one of these by itself.
/// </summary>
internal sealed class SiloServices(
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    ProvisionerRegistry provisioners,
    LifecyclePublisher publisher,
    SessionsInstruments instruments,
    GrantKeeper keeper,
    OwnershipProofs proofs,
    VersionLooks looks,
    ISessionStore store,
    ISessionDataStore data,
    IPolicyBook policies)
{
    public TimeProvider Time => time;

    public SessionsOptions Options { get; } = options.Value;

    public ProvisionerRegistry Provisioners => provisioners;

    public LifecyclePublisher Publisher => publisher;

    public SessionsInstruments Instruments => instruments;

    public GrantKeeper Keeper => keeper;

    public OwnershipProofs Proofs => proofs;

    public VersionLooks Looks => looks;

    public ISessionStore Store => store;

    public ISessionDataStore Data => data;

    public IPolicyBook Policies => policies;
}
