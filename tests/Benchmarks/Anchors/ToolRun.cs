using System.ComponentModel;
using System.Diagnostics;

namespace Sessions.Benchmarks.Anchors;

/// <summary>Runs a program of the machine to its end.</summary>
internal static class ToolRun
{
    /// <summary>What it printed.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or ended with an error.</exception>
    public static async Task<string> OutputAsync(string file, string[] arguments)
    {
        using var process = Start(file, arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{file} ended with {process.ExitCode}:\n{await output}{await errors}");
    }

    private static Process Start(string file, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{file} cannot be run; is it installed? {e.Message}", e);
        }
    }
}
