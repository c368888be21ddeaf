using System.Diagnostics;

namespace Sessions.Grains.Provisioning;

/// <summary>How a <see cref="CommandProvisioner"/> runs its program.</summary>
public sealed class CommandProvisionerOptions
{
    /// <summary>The program; required.</summary>
    public string FileName { get; set; } = "";

    /// <summary>Its arguments, to which the stage is added: <c>prepare</c>, <c>activate</c> or <c>release</c>.</summary>
    public IList<string> Arguments { get; } = [];
}

/// <summary>
/// Provisions by running a program of the operator's, which is told the stage as its last argument and the session in
/// SESSION_ID, SESSION_ADDRESS, SESSION_NAMESPACE and SESSION_CREATOR. Exit code 0 means done; anything else is a failure, in
/// the words of the last line on standard error. The program is killed when its time is up.
/// </summary>
public sealed class CommandProvisioner(string name, CommandProvisionerOptions options) : ISessionProvisioner
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public Task PrepareAsync(SessionSnapshot session, CancellationToken cancellationToken) => RunAsync("prepare", session, cancellationToken);

    /// <inheritdoc/>
    public Task ActivateAsync(SessionSnapshot session, CancellationToken cancellationToken) => RunAsync("activate", session, cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseAsync(SessionSnapshot session, CancellationToken cancellationToken) => RunAsync("release", session, cancellationToken);

    private async Task RunAsync(string stage, SessionSnapshot session, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(options.FileName, [.. options.Arguments, stage])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["SESSION_ID"] = session.Id.ToString(),
                ["SESSION_ADDRESS"] = session.Address.ToString(),
                ["SESSION_NAMESPACE"] = session.Namespace.ToString(),
                ["SESSION_CREATOR"] = session.Creator.ToString(),
            },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"'{options.FileName}' did not start.");
        process.StandardInput.Close();
        var lastLine = LastLineAsync(process.StandardError);
        var output = LastLineAsync(process.StandardOutput);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        await output;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{stage} ended with exit code {process.ExitCode}: {await lastLine}");
        }
    }

    // Read to the end, or a program that writes much would stop at a full pipe; keep one line, so that much is not kept.
    private static async Task<string> LastLineAsync(StreamReader reader)
    {
        var last = "";
        while (await reader.ReadLineAsync() is { } line)
        {
            last = line.Length == 0 ? last : line;
        }

        return last;
    }
}
