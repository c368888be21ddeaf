using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Sessions.Client;
using Sessions.Testing;

namespace Sessions.Cli.Tests;

/// <summary>
/// The real grains under the real client, in this process and by the machine's clock, which the tool reads too. A test can have calls of
/// grains fail, wait, or answer something else. It starts with the first command that connects.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly Lazy<InMemorySessions> sessions;
    private int isDisposed;

    public TestCluster() => sessions = new Lazy<InMemorySessions>(() => new InMemorySessions(options =>
    {
        options.UseSystemTime = true;
        options.ConfigureSessions = configured => configured.Ceilings["*"] = Ceiling;
        options.ConfigureClient = client => (client.Actor, client.RetryBudget) = (Principal.Parse("tester"), RetryBudget);
        options.ConfigureServices = services => services.AddSingleton<IIncomingGrainCallFilter>(Calls);
    }));

    public SessionsClient Client => sessions.Value.SessionsClient;

    /// <summary>What becomes of calls on their way to grains.</summary>
    public CallScript Calls { get; init; } = new();

    /// <summary>For how long calls are repeated.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What every namespace permits at most.</summary>
    public SessionCeiling Ceiling { get; init; } = SessionCeiling.None;

    /// <summary>All sessions, as they are committed.</summary>
    public async Task<IReadOnlyList<SessionSnapshot>> SessionsAsync() => await Client.ListAsync().ToListAsync();

    /// <summary>The operations about a namespace and those below it.</summary>
    public async Task<IReadOnlyList<OperationSnapshot>> OperationsAsync(string within) =>
        await Client.ListOperationsAsync(SessionNamespace.Parse(within)).ToListAsync();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0 && sessions.IsValueCreated)
        {
            Calls.Release();
            await sessions.Value.DisposeAsync();
        }
    }
}
