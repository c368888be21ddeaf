using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Sessions.Benchmarks.Workers;

/// <summary>The runner's end of a worker: this program once more, in a process of its own.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly ConcurrentQueue<string> noise = new();

    private WorkerProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) => noise.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>The CPU time that the process has used so far, on all cores together.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one of <see cref="Loads"/> and waits until it is ready.</summary>
    public static Task<WorkerProcess> LoadAsync(string name, params string[] arguments) =>
        StartAsync(["--load", name, .. arguments], new Dictionary<string, string>());

    /// <summary>Starts this program and waits until it is ready.</summary>
    /// <param name="arguments">Those of <c>Program</c>.</param>
    /// <param name="environment">Variables that it has beside those of this process.</param>
    public static async Task<WorkerProcess> StartAsync(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(WorkerProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var worker = new WorkerProcess(Process.Start(start)!);
        try
        {
            await worker.AnswerAsync();
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="IWorker.TurnAsync"/>
    public async Task<TurnResult> TurnAsync(string turn)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(turn);
            await process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended. Its answer, which is the end of its output, says so with all that it printed.
        }

        return await AnswerAsync();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Lets the worker end by itself; one that does not is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task<TurnResult> AnswerAsync()
    {
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline, TimeProvider.System) is { } line)
        {
            if (!line.StartsWith('{'))
            {
                noise.Enqueue(line);
                continue;
            }

            var result = JsonSerializer.Deserialize<TurnResult>(line)!;
            return result.Fault is null ? result : throw Failed(result.Fault);
        }

        throw Failed("It ended.");
    }

    private InvalidOperationException Failed(string why) =>
        new($"A worker failed: {why}{Environment.NewLine}{string.Join(Environment.NewLine, noise)}");
}
