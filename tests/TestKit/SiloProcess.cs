using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Sessions.Core.Sweeping;

namespace Sessions.TestKit;

/// <summary>A node in a process of its own, that can be killed like one.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    // Several clusters share the cores: a node that gets none for three seconds, as the default has it, is late and not dead. One that
    // is started again where a killed one was takes its place at once.
    private const int MissedProbes = 10;

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly HttpClient http;

    private readonly string? connectionString;
    private readonly string[] settings;
    private readonly int[] ports;
    private readonly FakedTime? time;

    private SiloProcess(Process process, string? connectionString, int[] ports, FakedTime? time, string[] settings)
    {
        this.time = time;
        this.process = process;
        this.connectionString = connectionString;
        this.settings = settings;
        this.ports = ports;
        var httpPort = ports[2];
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}"), Timeout = TimeSpan.FromSeconds(5) };
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Gateway => Invariant($"127.0.0.1:{ports[1]}");

    /// <summary>The port at which other nodes reach it.</summary>
    public int SiloPort => ports[0];

    public int GatewayPort => ports[1];

    /// <summary>What the node has printed so far.</summary>
    public string Output => string.Join(Environment.NewLine, output);

    /// <summary>Starts a node and waits until it is ready.</summary>
    /// <param name="connectionString">Its database; null for memory, unless the settings name another <c>Sessions:Storage</c>.</param>
    /// <param name="settings">Further settings, as on the command line: <c>Sessions:SweepInterval=00:00:00.1</c>.</param>
    public static async Task<SiloProcess> StartAsync(string? connectionString, params string[] settings)
    {
        var silo = Launch(connectionString, settings);
        await silo.WaitUntilReadyAsync();
        return silo;
    }

    /// <summary>Starts a node and does not wait.</summary>
    public static SiloProcess Launch(string? connectionString, params string[] settings) =>
        Launch(connectionString, LoopbackPorts.Free(3), time: null, settings);

    /// <summary>Starts a node whose wall clock the test sets, and does not wait.</summary>
    public static SiloProcess Launch(string? connectionString, FakedTime time, params string[] settings) =>
        Launch(connectionString, LoopbackPorts.Free(3), time, settings);

    /// <summary>Starts another node with the settings and ports of this one, and does not wait.</summary>
    /// <param name="ownPorts">Which of silo, gateway and HTTP it has of its own.</param>
    public SiloProcess LaunchTwin(params int[] ownPorts)
    {
        var free = LoopbackPorts.Free(3);
        return Launch(connectionString, [.. ports.Select((port, i) => ownPorts.Contains(i) ? free[i] : port)], time, settings);
    }

    /// <summary>Starts a node where this one, which must be gone, was, with another clock, and does not wait.</summary>
    public SiloProcess Relaunch(FakedTime? otherTime) => Launch(connectionString, ports, otherTime, settings);

    /// <summary>Starts a node where this one, which must be gone, was, and waits until it is ready.</summary>
    public async Task<SiloProcess> RestartAsync()
    {
        var silo = Launch(connectionString, ports, time, settings);
        await silo.WaitUntilReadyAsync();
        return silo;
    }

    private static SiloProcess Launch(string? connectionString, int[] ports, FakedTime? time, string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__Sessions"] = connectionString ?? "",

                // A node of a test does not live long enough to earn what it costs to profile its methods, to compile them once more in its
                // first seconds (0x2000 ms), and to set up heaps and threads for a collector that serves many cores.
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_TC_CallCountingDelayMs"] = "2000",
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_gcConcurrent"] = "0",
            },
        };
        foreach (var argument in (string[])
            [
                BuiltProgram.Silo,
                Invariant($"--Silo:SiloPort={ports[0]}"),
                Invariant($"--Silo:GatewayPort={ports[1]}"),
                Invariant($"--Silo:HttpPort={ports[2]}"),
                Invariant($"--Silo:MissedProbes={MissedProbes}"),
                .. connectionString is null && !settings.Any(setting => setting.StartsWith("Sessions:Storage=", StringComparison.Ordinal))
                    ? (string[])["--Sessions:Storage=memory"]
                    : [],
                .. settings.Select(setting => "--" + setting),
            ])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in time?.Environment ?? [])
        {
            start.Environment[name] = value;
        }

        return new SiloProcess(Process.Start(start)!, connectionString, ports, time, settings);
    }

    public async Task WaitUntilReadyAsync()
    {
        var clock = Stopwatch.StartNew();
        while (await HealthAsync("ready") != HttpStatusCode.OK)
        {
            if (process.HasExited || clock.Elapsed > StartDeadline)
            {
                throw new InvalidOperationException($"The node did not become ready. It printed:{Environment.NewLine}{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>What the node's health endpoint says; null if nobody answers.</summary>
    /// <param name="check">live or ready.</param>
    public async Task<HttpStatusCode?> HealthAsync(string check)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"/health/{check}", UriKind.Relative));
            return response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>What the health endpoint answers, as JSON with a reason for every check.</summary>
    public async Task<string> ReadHealthAsync()
    {
        using var response = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: the process stands still and does not know it.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>SIGCONT: it goes on where it stood.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        return await ExitCodeAsync();
    }

    /// <summary>Waits until the node has ended by itself.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
        http.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", Invariant($"-{signal} {process.Id}"));
        kill.WaitForExit();
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
