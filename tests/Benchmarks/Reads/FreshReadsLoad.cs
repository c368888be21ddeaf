using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Reads;

/// <summary>Reads active sessions, and has commands refused by their state, in turns: what is answered without a commit.</summary>
internal sealed class FreshReadsLoad(string gateway) : IWorker
{
    public const int Callers = 100;

    private const int Sessions = 100;

    // So long that every proof ends twice in a turn.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);
    private static readonly Principal Actor = Principal.Parse("bench");

    private readonly BenchSessions sessions = new(gateway);
    private readonly ISessionGrain[] grains = new ISessionGrain[Sessions];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        var factory = sessions.Services.GetRequiredService<IGrainFactory>();
        for (var n = 0; n < Sessions; n++)
        {
            grains[n] = factory.GetSession((await sessions.OpenAsync(BenchSessions.AllQuotas)).Id);
        }
    }

    public Task<TurnResult> TurnAsync(string turn) => CallLoop.RunAsync(Callers, Duration, async n =>
    {
        var grain = grains[n % Sessions];
        var (reply, expected) = (n / Sessions) % 2 == 0
            ? (await grain.Get(0), (SessionErrorCode?)null)
            : (await grain.Resume(new ResumeSession { Actor = Actor }), SessionErrorCode.InvalidTransition);

        // Otherwise something that is quicker than an answer could pass for one.
        if (reply.Refusal?.Code != expected)
        {
            throw new InvalidOperationException($"Answered with {reply.Refusal?.Message ?? "a session"}.");
        }
    });

    public ValueTask DisposeAsync() => sessions.DisposeAsync();
}
