using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Calls;

/// <summary>The two kinds of calls that are compared: to sessions, and with the same arguments to grains that do nothing.</summary>
internal sealed class AuthorizeCalls(IServiceProvider services)
{
    public const int Callers = 100;

    /// <summary>The turn that calls <see cref="IEmptyGrain"/>.</summary>
    public const string Empty = "empty";

    /// <summary>The turn that calls <see cref="ISessionGrain.Authorize"/>.</summary>
    public const string Authorize = "authorize";

    private const int Sessions = 100;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    private static readonly AdmissionRequest Request = new(FunctionName.Parse("bench.run"));

    private IEmptyGrain[]? empties;
    private (ISessionGrain Grain, long Version)[]? sessions;

    public async Task<TurnResult> RunAsync(string turn)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        switch (turn)
        {
            case Empty:
                empties ??= [.. Enumerable.Range(0, Sessions).Select(_ => grains.GetGrain<IEmptyGrain>(SessionId.New().ToString()))];
                return await CallLoop.RunAsync(
                    Callers, Duration, async n => Check(await empties[n % Sessions].Authorize(Request, 2)));

            case Authorize:
                sessions ??= await OpenSessionsAsync(grains);
                return await CallLoop.RunAsync(Callers, Duration, async n =>
                {
                    var (grain, version) = sessions[n % Sessions];
                    Check(await grain.Authorize(Request, version));
                });

            default:
                throw new ArgumentException($"There is no turn '{turn}'.");
        }
    }

    // Otherwise a fast refusal would pass for a fast admission.
    private static void Check(AdmissionDecision decision)
    {
        if (!decision.IsAdmitted)
        {
            throw new InvalidOperationException($"Refused: {decision.Refusal}");
        }
    }

    private async Task<(ISessionGrain Grain, long Version)[]> OpenSessionsAsync(IGrainFactory grains)
    {
        var client = services.GetRequiredService<SessionsClient>();
        var options = new CreateSessionOptions
        {
            Namespace = SessionNamespace.Parse("bench"),
            Creator = Principal.Parse("bench"),
            Overrides = new() { Quotas = BenchSessions.AllQuotas },
        };
        var opened = new (ISessionGrain, long)[Sessions];
        for (var n = 0; n < Sessions; n++)
        {
            var handle = await client.CreateAsync(options);
            var snapshot = await handle.ActivateAsync();
            opened[n] = (grains.GetSession(handle.Id), snapshot.Version);
        }

        return opened;
    }
}
