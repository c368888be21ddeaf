using System.Text.Json;

namespace Sessions.Benchmarks.Workers;

/// <summary>
/// The worker's end: a line of JSON when it is ready, and one for each line that it is sent. It ends when its input does, and so
/// with the process that started it.
/// </summary>
internal static class WorkerHost
{
    public static async Task<int> RunAsync(Func<IWorker> make)
    {
        await using var worker = make();
        if (!await AnswerAsync(async () =>
        {
            await worker.StartAsync();
            return new TurnResult();
        }))
        {
            return 1;
        }

        while (await Console.In.ReadLineAsync() is { } turn)
        {
            await AnswerAsync(() => worker.TurnAsync(turn));
        }

        return 0;
    }

    private static async Task<bool> AnswerAsync(Func<Task<TurnResult>> work)
    {
        TurnResult result;
        try
        {
            result = await work();
        }
#pragma warning disable CA1031 // Whatever it is, the other process is to hear it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            result = new TurnResult { Fault = exception.ToString() };
        }

        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result));
        return result.Fault is null;
    }
}
