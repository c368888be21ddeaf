using System.Diagnostics;
using System.Globalization;

namespace Sessions.TestKit;

/// <summary>Cuts the links to a port of this machine: packets to it and from it are dropped, as if a cable were pulled.</summary>
public sealed class Firewall : IAsyncDisposable
{
    private readonly string[][] rules;

    private Firewall(int port) => rules =
    [
        ["INPUT", "-p", "tcp", "--dport", port.ToString(CultureInfo.InvariantCulture), "-j", "DROP"],
        ["INPUT", "-p", "tcp", "--sport", port.ToString(CultureInfo.InvariantCulture), "-j", "DROP"],
    ];

    /// <summary>Why no link can be cut here; null if one can.</summary>
    public static string? SkipReason { get; } = FindSkipReason();

    /// <summary>Cuts until the object is disposed of.</summary>
    public static async Task<Firewall> CutAsync(int port)
    {
        var cut = new Firewall(port);
        foreach (var rule in cut.rules)
        {
            await RunAsync(["-I", .. rule]);
        }

        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var rule in rules)
        {
            await RunAsync(["-D", .. rule]);
        }
    }

    private static string? FindSkipReason()
    {
        if (!File.Exists("/usr/sbin/iptables"))
        {
            return "iptables is not installed.";
        }

        try
        {
            RunAsync(["-L", "INPUT", "-n"]).GetAwaiter().GetResult();
            return null;
        }
        catch (InvalidOperationException refusal)
        {
            return refusal.Message;
        }
    }

    private static async Task RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/sbin/iptables", ["-w", .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"iptables {string.Join(' ', arguments)} ended with {process.ExitCode}: {error}");
        }
    }
}
