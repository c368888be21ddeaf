using System.ComponentModel;
using System.Diagnostics;
using Sessions.Cli.Parsing;

namespace Sessions.Cli;

/// <summary>A program to run, and what is added to its environment.</summary>
internal sealed record ProgramStart(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Variables);

/// <summary>Runs a program with this process's own input and outputs.</summary>
internal static class ChildProgram
{
    /// <summary>The exit code; 128 and the signal's number where a signal ended it.</summary>
    /// <exception cref="CliUsageException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the program, and all that it started, is gone.</exception>
    public static async Task<int> RunAsync(ProgramStart start, CancellationToken cancellationToken)
    {
        var info = new ProcessStartInfo(start.Program, start.Arguments) { UseShellExecute = false };
        foreach (var (name, value) in start.Variables)
        {
            info.Environment[name] = value;
        }

        using var process = Start(info);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);

            // Otherwise the execution would be settled while the program still runs.
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception fault)
        {
            throw new CliUsageException($"{Plain.Quote(info.FileName)} cannot be started: {fault.Message}");
        }
    }
}
