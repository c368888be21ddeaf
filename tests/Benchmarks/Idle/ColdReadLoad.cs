using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Idle;

/// <summary>Asks each of many grains once: <see cref="SeededSessions"/> how they are, or as many empty ones.</summary>
internal sealed class ColdReadLoad(string gateway) : IWorker
{
    public const int Callers = 100;

    private const string SessionsWord = "sessions";
    private const string BareWord = "bare";

    private static readonly AdmissionRequest Request = new(FunctionName.Parse("bench.run"));

    private readonly BenchSessions sessions = new(gateway);

    /// <summary>The turn that asks sessions.</summary>
    public static string Sessions(int count) => string.Create(CultureInfo.InvariantCulture, $"{SessionsWord} {count}");

    /// <summary>The turn that asks empty grains.</summary>
    public static string Bare(int count) => string.Create(CultureInfo.InvariantCulture, $"{BareWord} {count}");

    public Task StartAsync() => sessions.StartAsync();

    public Task<TurnResult> TurnAsync(string turn)
    {
        var grains = sessions.Services.GetRequiredService<IGrainFactory>();
        return turn.Split(' ') switch
        {
            [SessionsWord, var count] => RunAsync(count, async id => Check((await grains.GetSession(id).Get(0)).Snapshot?.Id == id)),
            [BareWord, var count] => RunAsync(
                count, async id => Check((await grains.GetGrain<IEmptyGrain>(id.ToString()).Authorize(Request, 2)).IsAdmitted)),
            _ => throw new ArgumentException($"There is no turn '{turn}'."),
        };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    private static Task<TurnResult> RunAsync(string count, Func<SessionId, Task> ask) => CallLoop.RunAsync(
        Callers, int.Parse(count, CultureInfo.InvariantCulture), async number => await ask(SeededSessions.Id(number)));

    // Otherwise a fast refusal would pass for a fast read.
    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("Not the answer.");
        }
    }
}
