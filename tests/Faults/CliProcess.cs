using System.Diagnostics;
using System.Text.Json;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>What a program did that ends by itself, run as a person runs it.</summary>
internal sealed record CliProcess(int ExitCode, string Output, string Errors)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Runs the command line tool.</summary>
    public static Task<CliProcess> RunAsync(params string[] arguments) => RunProgramAsync(BuiltProgram.Cli, arguments);

    /// <summary>Starts the command line tool, to be killed or waited for.</summary>
    public static Process Start(params string[] arguments) => StartProgram("dotnet", [BuiltProgram.Cli, .. arguments]);

    /// <summary>
    /// Starts the command line tool as a shell does in the foreground. Otherwise it would ignore what this process ignores, as one does that
    /// was started in the background.
    /// </summary>
    public static Process StartWithSignals(params string[] arguments) =>
        StartProgram("env", ["--default-signal=HUP,INT,QUIT,TERM", "dotnet", BuiltProgram.Cli, .. arguments]);

    /// <summary>What a started program did, once it has ended.</summary>
    public static async Task<CliProcess> EndedAsync(Process process)
    {
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliProcess(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs the node with a verb that ends.</summary>
    public static Task<CliProcess> RunNodeAsync(params string[] arguments) => RunProgramAsync(BuiltProgram.Silo, arguments);

    public CliProcess Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Errors}");
        return this;
    }

    private static async Task<CliProcess> RunProgramAsync(string program, string[] arguments)
    {
        using var process = StartProgram("dotnet", [program, .. arguments]);
        return await EndedAsync(process);
    }

    private static Process StartProgram(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
