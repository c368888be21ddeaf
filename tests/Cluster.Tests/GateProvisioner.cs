using System.Collections.Concurrent;
using Sessions.Grains.Provisioning;

namespace Sessions.Cluster.Tests;

/// <summary>A provisioner that stops at every call until the test lets it go on, and remembers what it was asked.</summary>
public sealed class GateProvisioner : ISessionProvisioner
{
    public const string ProvisionerName = "gate";

    private readonly ConcurrentDictionary<(SessionId, string), TaskCompletionSource<string?>> gates = new();
    private readonly ConcurrentQueue<(SessionId Id, string Stage)> calls = new();

    public string Name => ProvisionerName;

    public int CallsOf(SessionId id, string stage) => calls.Count(call => call == (id, stage));

    /// <param name="id">Which session.</param>
    /// <param name="stage">prepare, activate or release.</param>
    /// <param name="failure">What the call throws; null to let it succeed.</param>
    public void Open(SessionId id, string stage, string? failure = null) => Gate(id, stage).TrySetResult(failure);

    public Task PrepareAsync(SessionSnapshot session, CancellationToken cancellationToken) => Pass(session, "prepare", cancellationToken);

    public Task ActivateAsync(SessionSnapshot session, CancellationToken cancellationToken) => Pass(session, "activate", cancellationToken);

    public Task ReleaseAsync(SessionSnapshot session, CancellationToken cancellationToken) => Pass(session, "release", cancellationToken);

    private async Task Pass(SessionSnapshot session, string stage, CancellationToken cancellationToken)
    {
        calls.Enqueue((session.Id, stage));
        if (await Gate(session.Id, stage).Task.WaitAsync(cancellationToken) is { } failure)
        {
            throw new InvalidOperationException(failure);
        }
    }

    private TaskCompletionSource<string?> Gate(SessionId id, string stage) =>
        gates.GetOrAdd((id, stage), _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
