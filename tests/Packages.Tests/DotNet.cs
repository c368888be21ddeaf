using System.Diagnostics;

namespace Sessions.Packages.Tests;

/// <summary>Runs the SDK's commands as a user does: without what the test process has set for itself.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Debug or Release, as these tests were built.</summary>
    public static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;

    /// <summary>Runs <c>dotnet</c> in a folder, and returns what it printed.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="cache">The package cache.</param>
    /// <param name="arguments">The command.</param>
    public static Task<string> RunAsync(string folder, string cache, params string[] arguments) => RunAsync("dotnet", folder, cache, arguments);

    /// <summary>Runs a program in a folder, and returns what it printed.</summary>
    public static async Task<string> RunAsync(string program, string folder, string cache, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NUGET_PACKAGES"] = cache;
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";

        // Neither a compiler nor a node of MSBuild is left behind, which would hold the output open.
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";

        // The build that runs these tests sets them, and they would steer the build of the program.
        foreach (var name in new[] { "MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "DOTNET_HOST_PATH", "VSTEST_CONNECTION_TIMEOUT" })
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var printed = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        var output = await printed + await errors;
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }
}
