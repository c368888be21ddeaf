using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Holders of leases in a process of their own, that can be killed like one.</summary>
internal sealed class HoldersProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<(bool Begins, long At)> log = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HoldersProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>When executions began and ended, in timestamps that all processes of the machine share.</summary>
    public IReadOnlyCollection<(bool Begins, long At)> Log => log;

    public int Admitted => log.Count(entry => entry.Begins);

    public Task Done => done.Task;

    public static HoldersProcess Launch(IEnumerable<string> gateways, SessionId session, int holders, TimeSpan runs)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])
            [
                BuiltProgram.Holders,
                string.Join(',', gateways),
                session.ToString(),
                holders.ToString(CultureInfo.InvariantCulture),
                runs.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            ])
        {
            start.ArgumentList.Add(argument);
        }

        return new HoldersProcess(Process.Start(start)!);
    }

    public async Task WaitUntilReadyAsync()
    {
        await Task.WhenAny(ready.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(ready.Task.IsCompleted, $"The holders did not start: {string.Join(Environment.NewLine, errors)}");
    }

    public void Go() => process.StandardInput.WriteLine();

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private void Read(string? line)
    {
        switch (line?.Split(' '))
        {
            case ["begin", var at]:
                log.Enqueue((true, long.Parse(at, CultureInfo.InvariantCulture)));
                break;
            case ["end", var at]:
                log.Enqueue((false, long.Parse(at, CultureInfo.InvariantCulture)));
                break;
            case ["ready"]:
                ready.TrySetResult();
                break;
            case ["done"]:
                done.TrySetResult();
                break;
            default:
                break;
        }
    }
}
