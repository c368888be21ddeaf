using System.Diagnostics;
using System.Globalization;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>The command line tool when it is told to end, is killed, or has nobody who reads it.</summary>
public sealed class SignalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-signal-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    public async Task ToolIsToldToEnd_ProgramMayEndFirst_AndTheExitCodeSaysTheSignal(string signal, int code)
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.ActivateAtAsync(node, new());
        using var tool = Execute(node, session, "trap 'echo ended > ended; exit 0' TERM; echo $$ > begun; while :; do sleep 0.1; done");
        await BegunAsync();

        Signal(signal, tool.Id);

        Assert.Equal(code, (await CliProcess.EndedAsync(tool).WaitAsync(Patience)).ExitCode);
        Assert.True(File.Exists(Path.Combine(folder, "ended")));
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal((1L, 1L), (usage.Executions, usage.Cancelled));
    }

    [Fact]
    public async Task SessionCloses_Program_GetsSigtermAndThenItsGrace()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.ActivateAtAsync(node, new());
        using var tool = Execute(node, session, "trap 'echo ended > ended; exit 0' TERM; echo $$ > begun; while :; do sleep 0.1; done");
        await BegunAsync();

        await session.CloseAsync();

        Assert.Equal(1, (await CliProcess.EndedAsync(tool).WaitAsync(Patience)).ExitCode);
        Assert.True(File.Exists(Path.Combine(folder, "ended")));
    }

    [Fact]
    public async Task ToolIsKilled_NothingThatTheProgramStarted_IsLeft()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.ActivateAtAsync(node, new());
        using var tool = Execute(node, session, "sleep 600 & echo $! > grandchild; echo $$ > begun; wait");
        await BegunAsync();
        int[] left = [await ReadIdAsync("begun"), await ReadIdAsync("grandchild")];

        tool.Kill();

        await Eventually.Holds(() => !left.Any(IsRunning), "the program and what it started are gone");
    }

    [Fact]
    public async Task ReaderOfAWatchIsGone_Tool_Ends()
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        using var tool = CliProcess.Start("watch", "--namespace", "acme", "--from", "start", "--gateway", node.Gateway);
        await client.ActivateAtAsync(node, new());
        tool.StandardOutput.Close();

        await tool.WaitForExitAsync().WaitAsync(Patience);

        Assert.Equal(141, tool.ExitCode);
    }

    private static void Signal(string signal, int process)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    // One that has ended and was not waited for yet is no longer running either.
    private static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Process Execute(SiloProcess node, SessionHandle session, string script) =>
        CliProcess.StartWithSignals("execute", session.Id.ToString(), "--function", "work", "--gateway", node.Gateway, "--", "sh", "-c", $"cd {folder}; {script}");

    private Task BegunAsync() => Eventually.Holds(() => File.Exists(Path.Combine(folder, "begun")), "the program runs");

    private async Task<int> ReadIdAsync(string file)
    {
        var path = Path.Combine(folder, file);
        await Eventually.TrueAsync(async () => (await File.ReadAllTextAsync(path)).EndsWith('\n'), "the number is written");
        return int.Parse(await File.ReadAllTextAsync(path), CultureInfo.InvariantCulture);
    }
}
