using System.Diagnostics;

namespace Sessions.Storage.Sqlite.Tests.Support;

/// <summary>A process of its own that has a store, to be killed.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process process;

    private WriterProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Starts it. It opens the file when it is told to.</summary>
    public static WriterProcess Start(string path, string verb)
    {
        // …/tests/Storage.Sqlite.Tests/bin/Debug/net10.0
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(
            output.Parent!.Parent!.Parent!.Parent!.FullName, "Storage.Sqlite.Writer", "bin", output.Parent.Name, output.Name, "Sessions.Storage.Sqlite.Writer.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[program, path, verb])
        {
            start.ArgumentList.Add(argument);
        }

        return new WriterProcess(Process.Start(start)!);
    }

    /// <summary>Lets it open the file.</summary>
    public async Task GoAsync()
    {
        await process.StandardInput.WriteLineAsync("go");
        await process.StandardInput.FlushAsync();
    }

    /// <summary>What it prints next; null at the end.</summary>
    public Task<string?> ReadLineAsync() => process.StandardOutput.ReadLineAsync();

    /// <summary>SIGKILL: no handler runs, and nothing is flushed.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async Task<int> ExitCodeAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
