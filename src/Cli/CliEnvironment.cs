using Sessions.Client;

namespace Sessions.Cli;

/// <summary>Everything outside that the tool touches, so that a test can stand in for it.</summary>
internal sealed record CliEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Opens stdin for bytes.</summary>
    public Func<Stream> OpenIn { get; init; } = Console.OpenStandardInput;

    /// <summary>Opens stdout for bytes, which come after what <see cref="Out"/> has.</summary>
    public Func<Stream> OpenOut { get; init; } = Console.OpenStandardOutput;

    /// <summary>Whether a person looks at <see cref="Out"/>.</summary>
    public required bool OutIsTerminal { get; init; }

    /// <summary>Whether a person looks at <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether nobody reads <see cref="Out"/> any more.</summary>
    public Func<bool> IsReaderGone { get; init; } = static () => false;

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Reaches the cluster.</summary>
    public required Func<ConnectionSettings, CancellationToken, Task<IClientConnection>> Connect { get; init; }

    /// <summary>Runs a program to its end, and gives its exit code.</summary>
    public required Func<ProgramStart, CancellationToken, Task<int>> RunProgram { get; init; }

    public static CliEnvironment OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = Environment.GetEnvironmentVariable,
        Time = TimeProvider.System,
        Connect = GatewayConnection.OpenAsync,
        RunProgram = ChildProgram.RunAsync,
    };
}

/// <summary>How to reach the cluster, and as whom.</summary>
/// <param name="Gateways">Each host:port.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="ServiceId">The service.</param>
/// <param name="Actor">Who acts; null for the user of the operating system.</param>
/// <param name="Timeout">How long to try: to connect, and then to have an answer, together.</param>
/// <param name="Verbose">Whether to log on stderr.</param>
internal sealed record ConnectionSettings(
    IReadOnlyList<string> Gateways, string ClusterId, string ServiceId, Principal? Actor, TimeSpan Timeout, bool Verbose)
{
    /// <summary>Told what is waited for, as often as it changes; null where nobody wants to know.</summary>
    public Action<string>? Waits { get; init; }
}

/// <summary>A connected client, which ends with it.</summary>
internal interface IClientConnection : IAsyncDisposable
{
    SessionsClient Client { get; }

    /// <summary>From here on a call that is not answered is repeated for this long: something runs that is not to be given up soon.</summary>
    void KeepTrying(TimeSpan budget)
    {
    }
}
