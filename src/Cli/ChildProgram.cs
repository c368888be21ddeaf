using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Sessions.Cli.Parsing;

namespace Sessions.Cli;

/// <summary>A program to run, and what is added to its environment.</summary>
/// <param name="Program">Its name or path.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Variables">What is added to its environment.</param>
/// <param name="Grace">How long it may go on after it was told to end.</param>
internal sealed record ProgramStart(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Variables, TimeSpan Grace);

/// <summary>
/// Runs a program with this process's own input and outputs. Where there is no terminal, which would send signals by itself, the program gets a
/// process group of its own, so that all that it starts can be ended with it.
/// </summary>
internal static class ChildProgram
{
    private const string SetSession = "/usr/bin/setsid";
    private const int Terminate = 15;

    // Reads to the end of its input, which comes when this process ends in whatever way, and ends the program that is left.
    private const string GuardScript = """read -r _; kill -s KILL -- "-$0" 2>/dev/null || kill -s KILL "$0" 2>/dev/null""";

    /// <summary>The exit code; 128 and the signal's number where a signal ended it.</summary>
    /// <exception cref="CliUsageException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the program, and all that it started, is gone.</exception>
    public static async Task<int> RunAsync(ProgramStart start, CancellationToken cancellationToken)
    {
        var hasGroup = Console.IsInputRedirected && File.Exists(SetSession) && Find(start.Program) is not null;
        var info = hasGroup
            ? new ProcessStartInfo(SetSession, [Find(start.Program)!, .. start.Arguments])
            : new ProcessStartInfo(start.Program, start.Arguments);
        info.UseShellExecute = false;
        foreach (var (name, value) in start.Variables)
        {
            info.Environment[name] = value;
        }

        using var process = Start(info);
        using var guard = StartGuard(process);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, hasGroup, start.Grace);
            throw;
        }
        finally
        {
            // Before the number of the process can be given to another one.
            guard?.Kill();
        }
    }

    private static async Task EndAsync(Process process, bool hasGroup, TimeSpan grace)
    {
        if (!OperatingSystem.IsWindows() && grace > TimeSpan.Zero)
        {
            _ = Kill(hasGroup ? -process.Id : process.Id, Terminate);
            using var patience = new CancellationTokenSource(grace);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (hasGroup)
        {
            // Also what the program has left behind.
            _ = Kill(-process.Id, 9);
        }

        process.Kill(entireProcessTree: true);

        // Otherwise the execution would be settled while the program still runs.
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The file of a program, as the system would find it; null if there is none.</summary>
    private static string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? program : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

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

    private static Process? StartGuard(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", GuardScript, process.Id.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardInput = true,
            });
        }
        catch (Win32Exception)
        {
            // There is no shell; the program is ended by this process, if this process can.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
